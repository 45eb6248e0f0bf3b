/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait_actor.c - waits in several ways until a moment a little later, and says which of them ended
 * too early
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define A_WHILE_NS 200000000

static struct timespec soon(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	t.tv_nsec += A_WHILE_NS;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void time_of_day(void)
{
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec t = soon(CLOCK_REALTIME);

	(void)pthread_cond_timedwait(&cond, &mutex, &t);
}

static void monotonic(void)
{
	struct timespec t = soon(CLOCK_MONOTONIC);
	pthread_condattr_t attr;
	pthread_cond_t cond;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&cond, &attr);
	(void)pthread_cond_timedwait(&cond, &mutex, &t);
}

static void clock_wait(void)
{
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec t = soon(CLOCK_MONOTONIC);

	(void)pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &t);
}

static void semaphore(void)
{
	struct timespec t = soon(CLOCK_REALTIME);
	sem_t sem;

	(void)sem_init(&sem, 0, 0);
	(void)sem_timedwait(&sem, &t);
}

static void sleep_until(void)
{
	struct timespec t = soon(CLOCK_MONOTONIC);

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void sleep_until_day(void)
{
	struct timespec t = soon(CLOCK_REALTIME);

	(void)clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*wait)(void);
	} ways[] = {
		{ "pthread_cond_timedwait", time_of_day },
		{ "pthread_cond_timedwait, monotonic", monotonic },
		{ "pthread_cond_clockwait, monotonic", clock_wait },
		{ "sem_timedwait", semaphore }, { "clock_nanosleep, monotonic", sleep_until },
		{ "clock_nanosleep, time of day", sleep_until_day },
	};
	int early = 0;

	(void)pthread_mutex_lock(&mutex);
	(void)alarm(40);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct timespec a, b;
		long ns;

		(void)clock_gettime(CLOCK_MONOTONIC, &a);
		ways[i].wait();
		(void)clock_gettime(CLOCK_MONOTONIC, &b);
		ns = (b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec;
		if (ns >= A_WHILE_NS / 2)
			continue;
		early = 1;
		(void)printf("%s\n", ways[i].name);
	}
	return early;
}
