/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of a UDF volume, for the files of this folder. */
#ifndef FORMATS_UDF_TREE_H
#define FORMATS_UDF_TREE_H

#include "formats/udf/icb.h"
#include "img/format.h"
#include "img/tree.h"

struct img_rep;

struct udf_tree {
	struct img_tree tree;
	struct udf_volume *v;
	struct udf_at root;
};

/* A node is where its ICB lies: the id of any but the root has the top bit set, the partition above the block. */
uint64_t udf_id_of(const struct udf_tree *t, struct udf_at at);
struct udf_at udf_at_of(const struct udf_tree *t, uint64_t id);

int udf_tree_open(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err);
int udf_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err);
int udf_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err);

#endif
