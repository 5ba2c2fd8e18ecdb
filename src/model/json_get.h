/*
 * Numbers, texts and lists from JSON that nobody vouches for: every number is
 * a number, whole where it must be, and in range. `from` is the object, and NULL
 * or something else is one without members; errors name the member.
 */
#ifndef MODEL_JSON_GET_H
#define MODEL_JSON_GET_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

/* A number from low to high. 0 or -1. */
int json_real(double *out, const cJSON *from, const char *name, double low, double high);

/* The item itself is a whole number from low to high. 0, or -1 without an error. */
int json_whole(double *out, const cJSON *item, double low, double high);

/* A whole number from low to high. 0 or -1. */
int json_long(long *out, const cJSON *from, const char *name, double low, double high);
int json_int(int *out, const cJSON *from, const char *name, int low, int high);

/* A number of 64 bits, which is a string of digits. 0 or -1. */
int json_u64(uint64_t *out, const cJSON *from, const char *name);

/* A text, or "". It is the object's. */
const char *json_text(const cJSON *from, const char *name);

/* A list of low to high items, or NULL with an error. */
const cJSON *json_array(const cJSON *from, const char *name, int low, int high);

/* n_low to n_high whole numbers from low to high. How many, or -1. */
int json_ints(int *out, const cJSON *from, const char *name, int n_low, int n_high, int low, int high);

/* n numbers, each from low to high. 0 or -1. */
int json_reals(double *out, const cJSON *from, const char *name, int n, double low, double high);

/* Figures are for reading: one that is missing or null is not a number. */
double json_figure(const cJSON *from, const char *name);

/* n figures: what is missing, null or too much is not a number. */
void json_figures(double *out, const cJSON *from, const char *name, size_t n);

#endif
