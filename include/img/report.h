/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts for people and programs: a small tree of named values that formats fill in and the printers of inspect/ show.
 * Keys are the snake_case names of the JSON contract.  Not thread-safe; building is sticky on failure: out of memory
 * is reported once, by img_report_ok. */
#ifndef IMG_REPORT_H
#define IMG_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum img_rep_type { IMG_REP_NULL, IMG_REP_BOOL, IMG_REP_UINT, IMG_REP_INT, IMG_REP_STR, IMG_REP_OBJ, IMG_REP_ARR,
		    IMG_REP_REAL };

/* One value.  Read-only for printers. */
struct img_rep {
	enum img_rep_type type;
	const char *key;		/* NULL inside arrays; static, or owned by the report */
	union {
		bool b;
		uint64_t u;		/* bytes where it is a size */
		int64_t i;
		double r;			/* seconds */
		const char *s;		/* as found in the image: the printers escape it */
	} v;
	struct img_report *report;
	struct img_rep *next;		/* sibling */
	struct img_rep *first, *last;	/* children of OBJ and ARR */
};

struct img_report;

/* NULL when out of memory; all functions below accept NULL objects and do nothing. */
struct img_report *img_report_new(void);
struct img_report *img_report_free(struct img_report *r);	/* returns NULL */
struct img_rep *img_report_root(struct img_report *r);		/* an object */
bool img_report_ok(const struct img_report *r);

/* Add a value to an object, or with a NULL key to an array.  Strings are copied; keys must be static. */
void img_rep_str(struct img_rep *o, const char *key, const char *value);	/* NULL value: null */
void img_rep_strn(struct img_rep *o, const char *key, const char *value, size_t len);
void img_rep_uint(struct img_rep *o, const char *key, uint64_t value);
void img_rep_int(struct img_rep *o, const char *key, int64_t value);
void img_rep_real(struct img_rep *o, const char *key, double value);
void img_rep_bool(struct img_rep *o, const char *key, bool value);
void img_rep_null(struct img_rep *o, const char *key);
struct img_rep *img_rep_obj(struct img_rep *o, const char *key);
struct img_rep *img_rep_arr(struct img_rep *o, const char *key);

/* Find a child by key; NULL if there is none. */
const struct img_rep *img_rep_get(const struct img_rep *o, const char *key);
const char *img_rep_get_str(const struct img_rep *o, const char *key);		/* NULL if absent or no string */
uint64_t img_rep_get_uint(const struct img_rep *o, const char *key, uint64_t absent);
bool img_rep_get_bool(const struct img_rep *o, const char *key);		/* false if absent */

/* A copy of @from as a child of @to. */
void img_rep_copy(const struct img_rep *from, struct img_rep *to);

#endif
