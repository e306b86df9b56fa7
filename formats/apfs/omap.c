/* SPDX-License-Identifier: BSD-2-Clause */
/* Object maps: where the versions of virtual objects are. */
#include "config.h"

#include <inttypes.h>

#include "formats/apfs/container.h"

int
apfs_omap_open(struct apfs *c, uint64_t paddr, const char *name, struct apfs_omap *ret, struct img_err *err)
{
	img_autofree uint8_t *b = NULL;
	struct apfs_omap_head head;
	int rc = apfs_object_read(c, paddr, APFS_TYPE_OMAP, name, &b, err);

	if (rc)
		return rc;
	apfs_omap_parse(b, &head);
	if (!(head.tree_type & APFS_PHYSICAL))
		return img_fail(err, IMG_E_FORMAT, "%s: its tree is of type %08" PRIx32 ", expected a physical one", name,
				head.tree_type);
	ret->head = head;
	ret->tree = (struct apfs_btree) {
		.c = c, .name = name, .kind = APFS_TYPE_OMAP, .parse = apfs_omap_key, .root = head.tree,
	};
	rc = apfs_btree_open(&ret->tree, err);
	if (!rc && (ret->tree.footer.key_size != 16 || ret->tree.footer.value_size != 16))
		rc = img_fail(err, IMG_E_FORMAT, "%s: keys of %" PRIu32 " and values of %" PRIu32 " bytes, expected 16 and 16",
			      name, ret->tree.footer.key_size, ret->tree.footer.value_size);
	return rc;
}

/* The leaf that holds @key or what comes before it. */
static int
leaf_of(const struct apfs_btree *t, const struct apfs_key *key, struct apfs_node **ret, struct img_err *err)
{
	struct apfs_node *n;
	int rc = apfs_node_get(t, t->root, true, &n, err);

	while (!rc && n->head.level) {
		struct apfs_node *child;
		uint32_t i;

		rc = apfs_child_get(n, apfs_node_floor(n, key, &i) ? i : 0, &child, err);
		apfs_node_put(n);
		if (!rc)
			n = child;
	}
	if (!rc)
		*ret = n;
	return rc;
}

int
apfs_omap_find(const struct apfs_omap *m, uint64_t oid, uint64_t xid, struct apfs_omap_value *ret, struct img_err *err)
{
	struct apfs_key key = { .oid = oid, .number = xid }, k = { 0 };
	struct apfs_omap_value v = { .flags = APFS_OMAP_DELETED };
	struct apfs_node *n;
	struct apfs_rec r;
	uint32_t i;
	int rc = leaf_of(&m->tree, &key, &n, err);

	if (rc)
		return rc;
	if (apfs_node_floor(n, &key, &i)) {
		apfs_node_key(n, i, &k);
		apfs_node_rec(n, i, &r);
		if (k.oid == oid && r.n_v >= 16)
			apfs_omap_value_parse(r.v, &v);
	}
	apfs_node_put(n);
	if (v.flags & APFS_OMAP_DELETED)
		return img_fail(err, IMG_E_FORMAT, "%s: there is no object %" PRIu64 " as of transaction %" PRIu64, m->tree.name,
				oid, xid);
	*ret = v;
	return 0;
}
