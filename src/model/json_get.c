/* Numbers and lists from JSON, see json_get.h. */
#include "model/json_get.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

int json_real(double *out, const cJSON *from, const char *name, double low, double high)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high))
		return error("\"%s\" is not a number from %g to %g", name, low, high);
	*out = item->valuedouble;
	return 0;
}

int json_whole(double *out, const cJSON *item, double low, double high)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high) ||
	    floor(item->valuedouble) != item->valuedouble)
		return -1;
	*out = item->valuedouble;
	return 0;
}

int json_long(long *out, const cJSON *from, const char *name, double low, double high)
{
	double value = 0;

	if (json_whole(&value, cJSON_GetObjectItemCaseSensitive(from, name), low, high) < 0)
		return error("\"%s\" is not a whole number from %.0f to %.0f", name, low, high);
	*out = (long)value;
	return 0;
}

int json_int(int *out, const cJSON *from, const char *name, int low, int high)
{
	long value = 0;

	if (json_long(&value, from, name, low, high) < 0)
		return -1;
	*out = (int)value;
	return 0;
}

int json_u64(uint64_t *out, const cJSON *from, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);
	const char *text = cJSON_IsString(item) ? item->valuestring : "";
	uint64_t value = 0;

	if (!*text || strlen(text) > 20)
		return error("\"%s\" is not a number in a string", name);
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || value > (UINT64_MAX - digit) / 10)
			return error("\"%s\" is not a number of 64 bits", name);
		value = value * 10 + digit;
	}
	*out = value;
	return 0;
}

const char *json_text(const cJSON *from, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

const cJSON *json_array(const cJSON *from, const char *name, int low, int high)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);
	int n = cJSON_IsArray(item) ? cJSON_GetArraySize(item) : -1;

	if (n < low || n > high) {
		error("\"%s\" is not a list of %d to %d", name, low, high);
		return NULL;
	}
	return item;
}

int json_ints(int *out, const cJSON *from, const char *name, int n_low, int n_high, int low, int high)
{
	const cJSON *array = json_array(from, name, n_low, n_high), *item;
	int n = 0;

	if (!array)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		double value = 0;

		if (json_whole(&value, item, low, high) < 0)
			return error("\"%s\" holds something else than whole numbers from %d to %d", name, low, high);
		out[n++] = (int)value;
	}
	return n;
}

int json_reals(double *out, const cJSON *from, const char *name, int n, double low, double high)
{
	const cJSON *array = json_array(from, name, n, n), *item;

	if (!array)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high))
			return error("\"%s\" holds something else than numbers from %g to %g", name, low, high);
		*out++ = item->valuedouble;
	}
	return 0;
}

double json_figure(const cJSON *from, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);

	return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

void json_figures(double *out, const cJSON *from, const char *name, size_t n)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(from, name), *item;
	size_t i = 0;

	for (size_t j = 0; j < n; j++)
		out[j] = NAN;
	if (!cJSON_IsArray(array))
		return;
	cJSON_ArrayForEach(item, array)
	{
		if (i == n)
			return;
		out[i++] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
	}
}
