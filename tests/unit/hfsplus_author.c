/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes made from toy trees and read back: names, links, forks, attributes, large trees, exact sizes.  Then the same
 * volumes with one field changed: the structure check names every one. */
#include "config.h"

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/hfsplus/author.h"
#include "formats/hfsplus/hfsplus.h"
#include "formats/hfsplus/names.h"
#include "formats/hfsplus/volume.h"
#include "img/env.h"
#include "img/report.h"
#include "tests/test.h"
#include "tests/unit/toy.h"

static struct img_env *env;
static struct img_err err;

/* ---- helpers ---- */

static void
fresh_env(void)
{
	img_env_free(env);
	TEST_OK(img_env_new(NULL, &env, &err), err);
}

static bool
told(const char *code)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(env, &p, &lost);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(p[i].code, code))
			return true;
	return false;
}

static void
tell_all(void)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(env, &p, &lost);

	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "  %s: %s\n", p[i].code, p[i].message);
}

/* A volume in memory. */
struct made {
	uint8_t *p;
	size_t len;
};

static struct made
make(const struct toy_row *rows, const struct hfs_options *o)
{
	struct img_source *s;
	struct made m;
	struct toy t;

	toy_init(&t, env, rows);
	TEST_OK(hfs_author(&t.tree, o, &s, &err), err);
	m.len = (size_t)s->size;
	m.p = malloc(m.len);
	TEST_TRUE(m.p);
	/* in pieces that fit nothing */
	for (size_t at = 0; at < m.len; at += 70001)
		TEST_OK(img_source_read(s, at, m.p + at, m.len - at < 70001 ? m.len - at : 70001, &err), err);
	img_unref(s);
	return m;
}

static struct img_tree *
open_volume(const struct made *m)
{
	struct img_source *s;
	struct img_tree *t;

	TEST_OK(img_memory(env, m->p, m->len, false, &s, &err), err);
	TEST_OK(hfs_tree(&(struct img_tree_open) { .volume = s }, &t, &err), err);
	img_unref(s);
	return t;
}

static int
verify(struct img_tree *t)
{
	struct img_report *rep = img_report_new();
	int rc = t->ops->verify(t, img_report_root(rep), &err);

	img_report_free(rep);
	return rc;
}

static void
sound(const struct made *m)
{
	const struct img_problem *p;
	struct img_tree *t;
	size_t lost;

	fresh_env();
	t = open_volume(m);
	TEST_OK(verify(t), err);
	if (img_problems(env, &p, &lost))
		tell_all();
	TEST_EQ_U(img_problems(env, &p, &lost), 0);
	img_tree_unref(t);
}

static struct img_node
node_at(struct img_tree *t, const char *path)
{
	struct img_node n;

	TEST_OK(img_tree_lookup(t, path, &n, &err), err);
	return n;
}

static void
holds(struct img_tree *t, const char *path, const char *stream, const char *text)
{
	struct img_node n = node_at(t, path);
	struct img_source *s;
	char buf[8192];

	TEST_OK(img_tree_content(t, n.id, stream, &s, &err), err);
	TEST_EQ_U(s->size, strlen(text));
	TEST_OK(img_source_read(s, 0, buf, (size_t)s->size, &err), err);
	TEST_MEM(buf, text, (size_t)s->size);
	img_unref(s);
}

/* ---- what goes in comes out ---- */

#define ROW(parent, id_, name_, text, ...) { .dir = parent, .bytes = text, .node = { .id = id_, .type = IMG_NODE_FILE, \
	.mode = 0640, .name = name_, .size = sizeof(text) - 1, .mtime = { 1100000000 + (int64_t)(id_), 0 }, \
	.btime = { IMG_NO_TIME, 0 } }, __VA_ARGS__ }

static char long_value[5000];

static const struct toy_row rows[] = {
	TOY_DIR(0, 1, "folder"),
	ROW(1, 2, "in", "inside", .xattr = "user.note", .value = "a note"),
	ROW(1, 3, "long", "", .xattr = "com.apple.long", .value = long_value),
	ROW(0, 4, "first", "linked", .node.inode = 77, .xattr = "user.of-links", .value = "x"),
	ROW(1, 4, "second", "linked", .node.inode = 77),
	ROW(1, 4, "third", "linked", .node.inode = 77),
	TOY_LINK(0, 5, "link", "folder/in"),
	ROW(0, 6, "fork", "data", .xattr = "com.apple.ResourceFork", .value = "resources"),
	ROW(0, 7, "finder", "", .xattr = "user.com.apple.FinderInfo", .value = "TEXTttxt789012345678901234567890"),
	{ .dir = 0, .node = { .id = 8, .type = IMG_NODE_CHAR, .name = "null", .dev_major = 1, .dev_minor = 3 } },
	{ .dir = 0, .node = { .id = 9, .type = IMG_NODE_FIFO, .name = "fifo", .mode = 0600 } },
	ROW(0, 10, "alone", "one name only", .node.inode = 78),
	ROW(0, 11, "a:b", "colon"),
	ROW(0, 12, "\xc3\xa9t\xc3\xa9", "composed"),
	TOY_DIR(0, 13, "empty"),
	{ 0 }
};

static const struct hfs_options plain = { .epoch = IMG_NO_TIME }, cased = { .epoch = IMG_NO_TIME, .case_sensitive = true };

static void
test_tree(void)
{
	const struct hfs_options *const options[] = { &plain, &cased };

	for (size_t i = 0; i < 2; i++) {
		struct made m;
		struct img_tree *t;
		struct img_node n;

		fresh_env();
		m = make(rows, options[i]);
		TEST_EQ_U(load_be16(m.p + 1024), i ? 0x4858 : 0x482b);
		sound(&m);
		fresh_env();
		t = open_volume(&m);
		holds(t, "folder/in", NULL, "inside");
		holds(t, "folder/in", "note", "a note");
		holds(t, "folder/long", "com.apple.long", long_value);
		holds(t, "first", NULL, "linked");
		holds(t, "folder/third", "of-links", "x");
		holds(t, "fork", "com.apple.ResourceFork", "resources");
		holds(t, "a:b", NULL, "colon");
		holds(t, "\xc3\xa9t\xc3\xa9", NULL, "composed");
		n = node_at(t, "first");
		TEST_EQ_U(n.nlink, 3);
		TEST_TRUE(n.inode && n.inode == node_at(t, "folder/second").inode);
		TEST_EQ_U(node_at(t, "alone").inode, 0);
		TEST_EQ_U(node_at(t, "null").dev_minor, 3);
		TEST_EQ_I(node_at(t, "fifo").type, IMG_NODE_FIFO);
		TEST_EQ_I(node_at(t, "folder/in").mtime.sec, 1100000002);
		TEST_EQ_U(node_at(t, "folder/in").mode, 0640);
		img_tree_unref(t);
		free(m.p);
	}
}

static void
test_same_bytes(void)
{
	struct made a, b;

	fresh_env();
	a = make(rows, &plain);
	b = make(rows, &plain);
	TEST_EQ_U(a.len, b.len);
	TEST_MEM(a.p, b.p, a.len);
	free(a.p);
	free(b.p);
}

/* ---- names ---- */

static void
named(const struct toy_row *r, const struct hfs_options *o, const char *const *want, bool warned)
{
	struct img_nodes list;
	struct img_tree *t;
	struct made m;

	fresh_env();
	m = make(r, o);
	TEST_TRUE(told("hfs-name") == warned);
	sound(&m);
	t = open_volume(&m);
	TEST_OK(img_tree_list(t, IMG_TREE_ROOT, &list, &err), err);
	for (size_t i = 0; want[i]; i++) {
		TEST_TRUE(i < list.n);
		TEST_STR(list.v[i].name, want[i]);
	}
	img_nodes_done(&list);
	img_tree_unref(t);
	free(m.p);
}

static void
test_names(void)
{
	static const struct toy_row cases[] = {
		TOY_FILE(0, 1, "README.txt", "1"), TOY_FILE(0, 2, "Readme.txt", "2"), TOY_FILE(0, 3, "readme.txt", "3"),
		TOY_FILE(0, 4, "README~2.txt", "4"), { 0 }
	};
	static const struct toy_row odd[] = {
		TOY_FILE(0, 1, "bad\xff.c", "1"), TOY_FILE(0, 2, "e\xcc\x81", "2"), TOY_FILE(0, 3, "\xc3\xa9", "3"),
		TOY_FILE(0, 4, "\xe2\x80\x8d", "4"), { 0 }
	};
	static char name[600];
	static const struct toy_row lengthy[] = { TOY_FILE(0, 1, name, "1"), { 0 } };
	struct img_tree *t;
	struct img_nodes list;
	struct made m;

	/* the one that is there by itself keeps its name */
	named(cases, &plain, (const char *const[]) { "README.txt", "README~2.txt", "Readme~3.txt", "readme~4.txt", NULL }, true);
	named(cases, &cased, (const char *const[]) { "README.txt", "README~2.txt", "Readme.txt", "readme.txt", NULL }, false);
	named(odd, &plain, (const char *const[]) { "bad%FF.c", "\xc3\xa9", "\xc3\xa9~2", "\xe2\x80\x8d~2", NULL }, true);
	for (size_t i = 0; i < 250; i++)
		memcpy(name + 2 * i, "\xce\x90", 2);	/* three units each */
	memcpy(name + 500, ".tar", 5);
	fresh_env();
	m = make(lengthy, &plain);
	TEST_TRUE(told("hfs-name"));
	sound(&m);
	t = open_volume(&m);
	TEST_OK(img_tree_list(t, IMG_TREE_ROOT, &list, &err), err);
	TEST_STR(list.v[0].name + strlen(list.v[0].name) - 4, ".tar");
	img_nodes_done(&list);
	img_tree_unref(t);
	free(m.p);
}

/* Every character that HFS+ takes apart comes back, and what it leaves alone stays. */
static void
test_apart(void)
{
	uint16_t units[16];
	char text[HFS_NAME_ROOM], back[HFS_NAME_ROOM];
	bool foreign;

	for (size_t i = 0; i < hfs_n_splits; i++) {
		size_t n;

		hfs_attr_name_utf8(&hfs_splits[i].whole, 1, text);
		n = hfs_name_units(text, units, 16, &foreign);
		TEST_TRUE(n >= 1 && n <= 4 && !foreign);
		for (size_t k = 0; k < n; k++) {		/* nothing is left to take apart */
			char part[8];
			uint16_t again[16];

			hfs_attr_name_utf8(&units[k], 1, part);
			TEST_EQ_U(hfs_name_units(part, again, 16, &foreign), 1);
			TEST_EQ_U(again[0], units[k]);
		}
		hfs_name_utf8(units, n, back);
		TEST_EQ_U(hfs_name_units(back, units + n, 16 - n, &foreign), n);
		TEST_MEM(units, units + n, n * sizeof *units);
	}
	TEST_EQ_U(hfs_n_splits, 970);
	TEST_EQ_U(hfs_name_units("\xea\xb0\x81", units, 16, &foreign), 3);	/* Hangul */
	TEST_EQ_U(units[2], 0x11a8);
	TEST_EQ_U(hfs_name_units("\xe2\x89\xa0\xef\xa4\x80", units, 16, &foreign), 2);	/* not these */
	TEST_EQ_U(hfs_name_units("a\xcc\x81\xcc\xa7", units, 16, &foreign), 3);	/* cedilla before acute */
	TEST_EQ_U(units[1], 0x327);
}

/* ---- large ones ---- */

#define N_MANY 95000

struct many {
	struct img_tree tree;
	char (*name)[256];
};

static int
many_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *e)
{
	struct many *m = (struct many *)t;

	TEST_EQ_U(dir, IMG_TREE_ROOT);
	ret->v = calloc(N_MANY, sizeof *ret->v);
	TEST_TRUE(ret->v);
	for (; ret->n < N_MANY; ret->n++)
		ret->v[ret->n] = (struct img_node) {
			.id = ret->n + 1, .type = IMG_NODE_FILE, .name = m->name[ret->n], .mode = 0644,
			.mtime = { 1000000000, 0 }, .btime = { IMG_NO_TIME, 0 },
		};
	return 0;
}

static void
many_destroy(struct img_tree *t)
{
}

/* So many nodes that the header's map is not enough. */
static void
test_many(void)
{
	static const struct img_tree_ops ops = { .list = many_list, .destroy = many_destroy };
	struct many m = { .name = malloc(N_MANY * sizeof *m.name) };
	struct img_source *s;
	struct hfs_header h;
	struct img_tree *t;
	struct img_nodes list;
	uint8_t b[512], head[120];

	TEST_TRUE(m.name);
	fresh_env();
	img_tree_init(&m.tree, &ops, env, "many");
	for (unsigned int i = 0; i < N_MANY; i++)
		snprintf(m.name[i], sizeof m.name[i], "%0*u", 250, i);
	TEST_OK(hfs_author(&m.tree, &plain, &s, &err), err);
	TEST_OK(img_source_read(s, 1024, b, sizeof b, &err), err);
	TEST_OK(hfs_header_parse(b, &h, &err), err);
	TEST_OK(img_source_read(s, h.catalog.ext[0].start * (uint64_t)h.block_size, head, sizeof head, &err), err);
	TEST_TRUE(load_be32(head));			/* a map node */
	TEST_EQ_U(load_be32(head + 14 + 6), 2 * (N_MANY + 1));
	TEST_OK(hfs_tree(&(struct img_tree_open) { .volume = s }, &t, &err), err);
	TEST_OK(verify(t), err);
	tell_all();
	TEST_TRUE(!told("hfs-node-map") && !told("hfs-count"));
	TEST_OK(img_tree_list(t, IMG_TREE_ROOT, &list, &err), err);
	TEST_EQ_U(list.n, N_MANY);
	for (size_t i = 0; i < N_MANY; i++)
		TEST_STR(list.v[i].name, m.name[i]);
	img_nodes_done(&list);
	img_tree_unref(t);
	img_unref(s);
	free(m.name);
}

static void
test_sizes(void)
{
	struct hfs_options o = plain;
	struct img_source *s;
	struct made m;
	struct toy t;

	fresh_env();
	o.size = 300 << 20;
	m = make(rows, &o);
	TEST_EQ_U(m.len, o.size);
	sound(&m);
	free(m.p);
	fresh_env();
	o.size = 100 << 10;
	toy_init(&t, env, rows);
	TEST_FAILS(hfs_author(&t.tree, &o, &s, &err), IMG_E_NOSPACE, err);
}

/* Files of any size lie in one piece; a volume of more blocks than there are numbers gets larger ones. */
static void
test_huge(void)
{
	static const struct toy_row huge[] = {
		{ .dir = 0, .node = { .id = 1, .type = IMG_NODE_FILE, .name = "huge", .size = UINT64_C(40) << 40,
				      .btime = { IMG_NO_TIME, 0 } } },
		{ 0 }
	};
	struct img_source *s;
	struct img_tree *v;
	struct toy t;

	fresh_env();
	toy_init(&t, env, huge);
	TEST_OK(hfs_author(&t.tree, &plain, &s, &err), err);
	TEST_EQ_U(hfs_author_made(s)->block_size, 16384);
	TEST_OK(hfs_tree(&(struct img_tree_open) { .volume = s }, &v, &err), err);
	TEST_EQ_U(node_at(v, "huge").size, UINT64_C(40) << 40);
	img_tree_unref(v);
	img_unref(s);
}

static void
test_dates(void)
{
	static const struct toy_row old[] = {
		{ .dir = 0, .node = { .id = 1, .type = IMG_NODE_FILE, .name = "old", .mtime = { -3000000000, 0 },
				      .btime = { IMG_NO_TIME, 0 } } },
		{ .dir = 0, .node = { .id = 2, .type = IMG_NODE_FILE, .name = "new", .mtime = { 1700000000, 5 },
				      .btime = { 1500000000, 0 }, .atime = { 1800000000, 0 }, .ctime = { 1600000000, 0 } } },
		{ 0 }
	};
	struct hfs_options o = { .epoch = 1650000000 };
	struct img_tree *t;
	struct img_node n;
	struct made m;

	fresh_env();
	m = make(old, &o);
	TEST_TRUE(told("hfs-dates"));
	t = open_volume(&m);
	n = node_at(t, "new");
	TEST_EQ_I(n.mtime.sec, 1650000000);
	TEST_EQ_I(n.btime.sec, 1500000000);
	TEST_EQ_I(n.ctime.sec, 1600000000);
	TEST_EQ_I(n.atime.sec, 1650000000);
	TEST_EQ_U(load_be32(m.p + 1024 + 16), UINT32_C(2082844800) + 1650000000);
	img_tree_unref(t);
	free(m.p);
}

static void
test_refused(void)
{
	static char target[1100];
	static const struct toy_row link[] = { TOY_LINK(0, 1, "link", target), { 0 } };
	static const struct toy_row fake[] = {
		ROW(0, 1, "fake", "", .xattr = "com.apple.FinderInfo", .value = "hlnkhfs+........................"), { 0 }
	};
	struct hfs_options o = plain;
	struct img_source *s;
	struct made m;
	struct toy t;

	memset(target, 'x', 1024);
	fresh_env();
	toy_init(&t, env, link);
	TEST_FAILS(hfs_author(&t.tree, &plain, &s, &err), IMG_E_UNSUPPORTED, err);
	TEST_TRUE(strstr(err.msg, "link: "));
	o.label = "\xe2\x80\x8d";
	TEST_FAILS(hfs_author(&t.tree, &o, &s, &err), IMG_E_USAGE, err);
	m = make(fake, &plain);
	TEST_TRUE(told("hfs-finder-info"));
	sound(&m);
	free(m.p);
}

/* ---- damage ---- */

static struct made good;
static struct hfs_header header;

static uint8_t *
catalog(void)
{
	return good.p + header.catalog.ext[0].start * (size_t)header.block_size;
}

/* The data of the record of @path's last part in folder @parent, or with @name "" its thread. */
static uint8_t *
record(uint32_t parent, const char *name)
{
	struct img_tree *t = open_volume(&good);
	struct hfs_key key = { .id = parent, .n = (uint16_t)hfs_name_ascii(name, key.name) };
	struct hfs_cursor c;
	uint8_t *node, *p;

	TEST_OK(hfs_cursor_seek(((struct hfs *)t)->catalog, &key, &c, &err), err);
	TEST_TRUE(!c.end && !hfs_btree_compare(((struct hfs *)t)->catalog, &c.key, &key));
	node = catalog() + c.node * (size_t)4096;
	p = node + load_be16(node + 4096 - 2 * (c.rec + 1));
	hfs_cursor_done(&c);
	img_tree_unref(t);
	return p + 2 + load_be16(p);
}

/* With @n bytes at @at replaced the check says @code, and it says nothing once they are back. */
static void
damage(uint8_t *at, const char *bytes, size_t n, const char *code)
{
	uint8_t before[16];
	struct img_tree *t;

	TEST_TRUE(n <= sizeof before && at >= good.p && at + n <= good.p + good.len);
	memcpy(before, at, n);
	TEST_TRUE(memcmp(before, bytes, n));
	memcpy(at, bytes, n);
	fresh_env();
	t = open_volume(&good);
	verify(t);
	if (!told(code)) {
		fprintf(stderr, "byte %zu: no %s, but:\n", (size_t)(at - good.p), code);
		tell_all();
	}
	TEST_TRUE(told(code));
	img_tree_unref(t);
	memcpy(at, before, n);
	fresh_env();
}

static void
damage_header(void)
{
	uint8_t *h = good.p + 1024, *copy = good.p + good.len - 1024;
	uint8_t *map = good.p + header.allocation.ext[0].start * (size_t)header.block_size;

	damage(h + 32, "\0\0\0\7", 4, "hfs-count");		/* files */
	damage(h + 36, "\0\0\0\7", 4, "hfs-count");		/* folders */
	damage(h + 48, "\0\0\0\7", 4, "hfs-count");		/* free blocks */
	damage(h + 64, "\0\0\0\x12", 4, "hfs-id");
	damage(h + 79, "\0", 1, "hfs-encodings");
	damage(h + 112 + 8, "\0\0\0\1", 4, "hfs-clump");
	damage(h + 272 + 8, "\0\0\x10\1", 4, "hfs-clump");
	damage(h + 32, "\0\0\0\7", 4, "hfs-copy");
	damage(copy, "H-", 2, "hfs-copy");
	damage(copy + 44, "\0\0\1\0", 4, "hfs-copy");
	damage(map, "\x7f", 1, "hfs-allocation");
	damage(map + header.n_blocks / 8 - 1, "\xff", 1, "hfs-allocation");
}

static void
damage_tree(void)
{
	uint8_t *c = catalog(), *used = c + 248, *root;
	uint32_t n_used = load_be32(c + 14 + 22) - load_be32(c + 14 + 26);

	root = c + load_be32(c + 14 + 2) * (size_t)4096;
	damage(c + 14 + 26, "\0\0\0\x3", 4, "hfs-count");	/* free nodes */
	damage(c + 14 + 6, "\0\0\0\x3", 4, "hfs-tree");		/* leaf records */
	damage(c + 14 + 10, "\0\0\0\2", 4, "hfs-tree-head");	/* first leaf */
	damage(c + 14 + 14, "\0\0\0\1", 4, "hfs-tree");		/* last leaf */
	damage(c + 14 + 20, "\1\0", 2, "hfs-tree-head");	/* longest key */
	damage(c + 14 + 36, "\1", 1, "hfs-tree-head");		/* type */
	damage(c + 14 + 38, "\0\0\0\4", 4, "hfs-tree-head");	/* attributes */
	damage(c + 14, "\0\4", 2, "hfs-tree");			/* depth */
	damage(used, "\x7f", 1, "hfs-node-map");
	damage(used + 40, "\1", 1, "hfs-node-map");
	damage(c + n_used * (size_t)4096 + 100, "x", 1, "hfs-node-zeros");
	damage(c + 4096 + 3, "\3", 1, "hfs-node-links");	/* the first leaf's next */
	damage(c + 2 * 4096 + 7, "\0", 1, "hfs-tree");		/* the second leaf's one before */
	damage(root + 7, "\1", 1, "hfs-node-links");		/* the root has no neighbours, or nothing opens */
}

static void
damage_records(void)
{
	uint8_t *folder = record(2, "folder"), *file = record(load_be32(folder + 8), "in"), *thread, *link, *linked;
	uint32_t file_id = load_be32(file + 8), private_id, linked_id;
	uint16_t units[32] = { 0 };
	char name[24];
	struct img_tree *t;

	thread = record(file_id, "");
	link = record(2, "first");
	linked_id = load_be32(link + 44);
	t = open_volume(&good);
	private_id = ((struct hfs *)t)->links_folder;
	img_tree_unref(t);
	TEST_TRUE(private_id && units[0] == 0);
	snprintf(name, sizeof name, "iNode%u", linked_id);
	linked = record(private_id, name);
	damage(folder + 7, "\x9", 1, "hfs-count");		/* valence */
	damage(folder + 3, "\2", 1, "hfs-flags");
	damage(folder + 42, "\x81", 1, "hfs-mode");
	damage(folder + 1, "\7", 1, "hfs-record");		/* no such type */
	damage(file + 42, "\xf1", 1, "hfs-mode");
	damage(file + 3, "\2", 1, "hfs-attribute");		/* attributes that nobody marks */
	damage(file + 8, "\0\0\0\7", 4, "hfs-id");
	damage(file + 8, "\0\0\0\x11", 4, "hfs-thread");
	damage(file + 88 + 6, "\xff", 1, "hfs-fork");		/* more bytes than blocks */
	damage(file + 88 + 15, "\2", 1, "hfs-fork");
	damage(file + 88 + 19, "\1", 1, "hfs-blocks");		/* on the allocation file */
	damage(file + 88 + 16, "\x10", 1, "hfs-blocks");	/* past the end */
	damage(thread + 11, "x", 1, "hfs-thread");
	damage(thread + 7, "\2", 1, "hfs-thread");
	damage(link + 15, "\1", 1, "hfs-hard-link");		/* its date */
	damage(link + 47, "\xff", 1, "hfs-hard-link");		/* what it leads to */
	damage(link + 39, "\xff", 1, "hfs-hard-link");		/* the next link */
	damage(linked + 7, "\xff", 1, "hfs-hard-link");		/* the first link */
	damage(linked + 47, "\2", 1, "hfs-hard-link");		/* how many */
	damage(record(2, "link") + 48, "TEXT", 4, "hfs-symlink");
	damage(file + 48, "slnkrhap", 8, "hfs-symlink");
}

/* More entries than a leaf holds, so that there is an index. */
static struct toy_row *
more_rows(void)
{
	size_t n = sizeof rows / sizeof *rows - 1;
	struct toy_row *r = calloc(n + 41, sizeof *r);
	static char names[40][8];

	TEST_TRUE(r);
	memcpy(r, rows, n * sizeof *r);
	for (size_t i = 0; i < 40; i++) {
		snprintf(names[i], sizeof names[i], "more%zu", i);
		r[n + i] = (struct toy_row) TOY_FILE(1, 100 + i, names[i], "more");
	}
	return r;
}

static void
test_damage(void)
{
	struct toy_row *r = more_rows();

	fresh_env();
	good = make(r, &plain);
	sound(&good);
	TEST_OK(hfs_header_parse(good.p + 1024, &header, &err), err);
	TEST_TRUE(load_be16(catalog() + 14) == 2);	/* two levels */
	damage_header();
	damage_tree();
	damage_records();
	free(good.p);
	fresh_env();
	good = make(r, &cased);
	TEST_OK(hfs_header_parse(good.p + 1024, &header, &err), err);
	damage(record(2, "folder") + 87, "\7", 1, "hfs-count");	/* folders in it */
	free(good.p);
	free(r);
}

int
main(void)
{
	memset(long_value, 'v', sizeof long_value - 1);
	test_tree();
	test_same_bytes();
	test_names();
	test_apart();
	test_many();
	test_sizes();
	test_huge();
	test_dates();
	test_refused();
	test_damage();
	img_env_free(env);
	return 0;
}
