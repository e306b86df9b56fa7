/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports keep what was put in, in order, and survive NULL everywhere. */
#include "config.h"

#include "img/report.h"
#include "tests/test.h"

int
main(void)
{
	struct img_report *r = img_report_new();
	struct img_rep *root = img_report_root(r), *arr, *o;
	char word[] = "copied";

	TEST_TRUE(root != NULL);
	img_rep_str(root, "s", word);
	word[0] = 'X';
	img_rep_strn(root, "part", "abcdef", 3);
	img_rep_str(root, "none", NULL);
	img_rep_uint(root, "u", UINT64_MAX);
	img_rep_int(root, "i", -5);
	img_rep_bool(root, "b", true);
	arr = img_rep_arr(root, "list");
	img_rep_uint(arr, NULL, 1);
	o = img_rep_obj(arr, NULL);
	img_rep_null(o, "deep");

	TEST_STR(img_rep_get_str(root, "s"), "copied");
	TEST_STR(img_rep_get_str(root, "part"), "abc");
	TEST_TRUE(img_rep_get_str(root, "none") == NULL);
	TEST_TRUE(img_rep_get(root, "none")->type == IMG_REP_NULL);
	TEST_TRUE(img_rep_get_uint(root, "u", 0) == UINT64_MAX);
	TEST_EQ_U(img_rep_get_uint(root, "absent", 7), 7);
	TEST_EQ_U(img_rep_get_uint(root, "s", 7), 7);
	TEST_TRUE(img_rep_get_bool(root, "b"));
	TEST_TRUE(!img_rep_get_bool(root, "s"));
	TEST_TRUE(arr->first->v.u == 1 && arr->last == o && o->first == o->last);
	TEST_TRUE(img_report_ok(r));

	/* a failed branch is ignored, not followed */
	img_rep_str(NULL, "x", "y");
	TEST_TRUE(img_rep_obj(NULL, "x") == NULL);
	TEST_TRUE(img_rep_get(NULL, "x") == NULL);
	TEST_TRUE(img_report_root(NULL) == NULL && !img_report_ok(NULL));

	for (int i = 0; i < 20000; i++)
		img_rep_str(arr, NULL, "many");
	TEST_TRUE(img_report_ok(r));
	TEST_TRUE(img_report_free(r) == NULL);
	TEST_TRUE(img_report_free(NULL) == NULL);
	return 0;
}
