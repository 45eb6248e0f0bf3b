/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock_static.c - a program without a loader, which says what its clocks say: the day, and for how
 * many days the machine has been running
 */
#include <stdio.h>
#include <time.h>

int main(void)
{
	time_t now = time(NULL);
	struct timespec up;
	struct tm tm;
	char day[16];

	if (!gmtime_r(&now, &tm) || !strftime(day, sizeof(day), "%Y-%m-%d", &tm) ||
	    clock_gettime(CLOCK_BOOTTIME, &up))
		return 1;
	return printf("%s %ld\n", day, (long)(up.tv_sec / 86400)) < 0;
}
