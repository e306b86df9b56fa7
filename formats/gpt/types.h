/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for the partition types of GPT. */
#ifndef FORMATS_GPT_TYPES_H
#define FORMATS_GPT_TYPES_H

struct gpt_type {
	const char *guid;	/* text, lower case */
	const char *title;	/* "EFI system partition" */
	const char *word;	/* what people type: "esp", and Apple's own "Apple_HFS"; NULL: none */
};

/* NULL: not a type we know. */
const struct gpt_type *gpt_type_find(const char *guid_text);

#endif
