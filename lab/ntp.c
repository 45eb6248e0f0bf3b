/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ntp.c - answers NTP and SNTP clients with this machine's time (RFC 5905, 7.3; RFC 4330, 5)
 */
#include "lab/ntp.h"

#include <string.h>

#include "tcbox/clock.h"

#define EPOCH_1900 UINT64_C(2208988800)		/* seconds from 1900 to 1970, RFC 5905, 6 */
#define MODE_CLIENT 3
#define MODE_SERVER 4
#define STRATUM 2
#define AT_REFERENCE_ID 12
#define AT_REFERENCE 16
#define AT_ORIGINATE 24
#define AT_RECEIVE 32
#define AT_TRANSMIT 40

static void put_time(uint8_t *p, int64_t ns)
{
	uint64_t s = (uint64_t)(ns / TB_NS_PER_S) + EPOCH_1900;
	uint64_t fraction = ((uint64_t)(ns % TB_NS_PER_S) << 32) / (uint64_t)TB_NS_PER_S;
	uint64_t v = s << 32 | fraction;		/* wraps in 2036, as the protocol's era
							 * does */

	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

size_t ntp_answer(const uint8_t *query, size_t len, int64_t now_ns, uint8_t out[NTP_LEN])
{
	static const uint8_t reference[4] = { 198, 18, 0, 1 };
	unsigned int version;

	if (len < NTP_LEN || (query[0] & 7) != MODE_CLIENT)
		return 0;
	version = query[0] >> 3 & 7;
	if (version < 1 || version > 4)
		return 0;
	memset(out, 0, NTP_LEN);
	out[0] = (uint8_t)(version << 3 | MODE_SERVER);
	out[1] = STRATUM;
	out[2] = query[2];		/* poll interval */
	out[3] = 0xec;			/* precision: 2^-20 s */
	out[6] = 1;			/* root delay 2^-8 s, in 16.16 fixed point */
	out[10] = 1;			/* root dispersion */
	memcpy(out + AT_REFERENCE_ID, reference, 4);
	put_time(out + AT_REFERENCE, now_ns - 16 * TB_NS_PER_S);
	memcpy(out + AT_ORIGINATE, query + AT_TRANSMIT, 8);
	put_time(out + AT_RECEIVE, now_ns);
	put_time(out + AT_TRANSMIT, now_ns);
	return NTP_LEN;
}
