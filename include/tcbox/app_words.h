/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_words.h - what the words say that nDPI 4.2 has for applications
 */
#ifndef TCBOX_APP_WORDS_H
#define TCBOX_APP_WORDS_H

#include <stdbool.h>

/* tb_app_is() - is @word the application, or one of the words of its refinement "tls.github"? In
 * any case of letters. @app, @detail: NULL: not known */
bool tb_app_is(const char *app, const char *detail, const char *word);

/* tb_app_encrypted() - true for applications whose content cannot be read in the capture */
bool tb_app_encrypted(const char *app, const char *detail);

/* tb_app_known() - did it recognise anything? */
bool tb_app_known(const char *app);

#endif
