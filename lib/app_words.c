/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_words.c - what the words say that nDPI 4.2 has for applications
 */
#include "tcbox/app_words.h"

#include <string.h>
#include <strings.h>

#include "tcbox/own.h"

static const char *const encrypted[] = {
	"tls", "https", "quic", "http3", "dtls", "ssh", "doh_dot", "wireguard", "openvpn", "ipsec",
	"smtps", "imaps", "pops", "ftps",
};

/* has_word() - is @word one of the words of a dotted list, "tls.github"? */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *p = list, *end;

	while (p && *p) {
		end = strchrnul(p, '.');
		if ((size_t)(end - p) == len && !strncasecmp(p, word, len))
			return true;
		p = *end ? end + 1 : end;
	}
	return false;
}

bool tb_app_is(const char *app, const char *detail, const char *word)
{
	return has_word(app, word) || has_word(detail, word);
}

bool tb_app_encrypted(const char *app, const char *detail)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(encrypted); i++)
		if (tb_app_is(app, detail, encrypted[i]))
			return true;
	return false;
}

bool tb_app_known(const char *app)
{
	return app && strcasecmp(app, "unknown") != 0;
}
