/*
 * A fixed set of threads that run numbered items of work. Which thread runs
 * which item is not defined and must not matter. Signals are blocked in the
 * pool's threads, so that the program's main thread gets them.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

struct pool;

/* threads >= 1 counts the caller, which works too; 0 takes the number of processors. NULL on error. */
struct pool *pool_new(int threads);
void pool_free(struct pool *pool);
int pool_threads(const struct pool *pool);

/*
 * fn(context, item) for item = 0 .. items-1; returns when all are done.
 * fn returns 0, or -1 after error(): then the result is -1 and the message
 * of the lowest failing item is the caller's error message. pool may be
 * NULL: everything runs in the caller. Not to be called from within fn.
 */
int pool_run(struct pool *pool, int (*fn)(void *context, int item), void *context, int items);

#endif
