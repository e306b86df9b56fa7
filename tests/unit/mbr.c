/* SPDX-License-Identifier: BSD-2-Clause */
/* MBR: layout, chains of logical partitions with their loops, boot sectors that are no MBR. */
#include "config.h"

#include "tests/test.h"
#include "tests/unit/disks.h"

#define SS 512
#define N 512

struct table {
	uint32_t at;
	struct mbr_row rows[4];
};

static struct disk
make(const struct table *t, size_t n)
{
	struct disk d = disk_new(N * SS);

	for (size_t i = 0; i < n; i++)
		disk_mbr(&d, t[i].at * SS, i ? 0 : 0x12345678, t[i].rows, 4);
	return d;
}

/* One problem @code (NULL: none), and @n partitions that are volumes. */
static const struct img_parts *
look(struct disk *d, const char *code, size_t n)
{
	const struct img_parts *p;

	disk_look(d);
	disk_expect(d, code);
	p = disk_table(d, "mbr");
	TEST_TRUE(p != NULL);
	TEST_EQ_U(d->volumes.n, n);
	return p;
}

#define CHECK(code, n, ...) do {						\
	static const struct table t_[] = { __VA_ARGS__ };			\
	struct disk d_ = make(t_, sizeof t_ / sizeof *t_);			\
	look(&d_, code, n);							\
	disk_done(&d_);								\
} while (0)

static void
layout(void)
{
	struct mbr m = { .signature = 0xdeadbeef, .copy_protect = 0x5a5a }, m2;
	struct img_err err = { 0 };
	struct img_cursor c;
	uint8_t b[MBR_LEN], b2[MBR_LEN];

	for (uint8_t i = 0; i < 4; i++)
		m.entry[i] = (struct mbr_entry) {
			.status = (uint8_t)(i << 7), .chs_first = { i, 2, 3 }, .chs_last = { 4, i, 6 }, .type = (uint8_t)(0x80 + i),
			.first = 0x1000u + i, .count = 0xfffffff0u + i,
		};
	memset(b, 0xcc, sizeof b);
	mbr_emit(&m, b);
	TEST_EQ_U(b[439], 0xcc);	/* boot code stays */
	c = cur_over(b, sizeof b);
	TEST_OK(mbr_parse(&c, &m2, &err), err);
	memset(b2, 0xcc, sizeof b2);
	mbr_emit(&m2, b2);
	TEST_MEM(b, b2, sizeof b);
	TEST_EQ_U(m2.signature, 0xdeadbeef);
	TEST_EQ_U(m2.entry[3].first, 0x1003);
	TEST_EQ_U(m2.entry[3].count, 0xfffffff3);
	TEST_EQ_U(m2.entry[3].type, 0x83);
	b[511] = 0;
	c = cur_over(b, sizeof b);
	TEST_FAILS(mbr_parse(&c, &m2, &err), IMG_E_FORMAT, err);
}

static void
good(void)
{
	static const struct table t[] = {
		{ 0, { { 0xaf, 8, 64 }, { 5, 100, 200 }, { 0x83, 300, 100 } } },
		{ 100, { { 0x0b, 4, 50 }, { 5, 60, 60 } } },
		{ 160, { { 0x83, 1, 59 } } },
	};
	struct disk d = make(t, 3);
	const struct img_parts *p;

	d.b[446] = MBR_ACTIVE;
	p = look(&d, NULL, 4);
	TEST_EQ_U(p->n, 5);
	TEST_TRUE(p->v[0].bootable && !p->v[1].bootable && p->v[1].meta);
	TEST_STR(p->v[0].type, "0xaf");
	TEST_STR(p->v[0].type_title, "Apple HFS/HFS+");
	TEST_STR(p->v[0].uuid, "12345678-01");
	TEST_EQ_U(p->v[3].index, 5);
	TEST_EQ_U(p->v[3].start, 104 * SS);
	TEST_EQ_U(p->v[3].len, 50 * SS);
	TEST_EQ_U(p->v[4].index, 6);
	TEST_EQ_U(p->v[4].start, 161 * SS);
	TEST_STR(p->v[4].uuid, "12345678-06");
	disk_done(&d);

	/* DR-DOS: the link first; OS/2: four entries */
	CHECK(NULL, 2, { 0, { { 5, 100, 200 } } }, { 100, { { 5, 60, 60 }, { 0x0b, 4, 50 } } }, { 160, { { 6, 1, 9 } } });
	CHECK(NULL, 3, { 0, { { 0x0f, 100, 200 } } },
	      { 100, { { 6, 1, 9 }, { 0, 0, 0 }, { 6, 10, 10 }, { 6, 20, 5 } } });
	/* a chain that goes back without a loop, as tools make it when a gap is filled */
	CHECK(NULL, 3, { 0, { { 5, 100, 300 } } }, { 100, { { 6, 1, 9 }, { 5, 200, 20 } } },
	      { 300, { { 6, 1, 19 }, { 5, 50, 50 } } }, { 150, { { 6, 1, 49 } } });
	/* a dynamic disk in disguise has no partitions, but a signature */
	CHECK(NULL, 1, { 0, { { 0, 0, 0 } } });
}

static void
bad_chains(void)
{
	static struct table t[200];
	struct disk d;

	CHECK("mbr-ebr-loop", 1, { 0, { { 5, 100, 200 } } }, { 100, { { 0x0b, 4, 50 }, { 5, 0, 200 } } });
	CHECK("mbr-ebr-loop", 2, { 0, { { 5, 100, 200 } } }, { 100, { { 0x0b, 4, 10 }, { 5, 50, 50 } } },
	      { 150, { { 0x0b, 4, 10 }, { 5, 0, 50 } } });
	CHECK("mbr-ebr-damaged", 2, { 0, { { 6, 8, 20 }, { 5, 100, 200 } } }, { 100, { { 0x0b, 4, 10 }, { 5, 50, 50 } } });
	CHECK("mbr-ebr-outside", 1, { 0, { { 5, 100, 200 } } }, { 100, { { 0x0b, 4, 10 }, { 5, 250, 50 } } });
	CHECK("mbr-logical-outside", 1, { 0, { { 5, 100, 200 } } }, { 100, { { 0x0b, 4, 300 } } });

	/* a chain without end, if nobody counted */
	t[0] = (struct table) { 0, { { 5, 100, 400 } } };
	for (uint32_t i = 0; i < 199; i++)
		t[i + 1] = (struct table) { 100 + i, { { 0, 0, 0 }, { 5, i + 1, 1 } } };
	d = make(t, 200);
	look(&d, "mbr-ebr-too-long", 1);
	disk_done(&d);
}

static void
bad_places(void)
{
	static const struct table past[] = { { 0, { { 0x83, 8, 0xffffffff } } } };
	struct disk d = make(past, 1);
	const struct img_parts *p = look(&d, "partition-past-end", 1);

	TEST_EQ_U(p->v[0].len, (N - 8) * SS);
	disk_done(&d);
	CHECK("partition-outside", 1, { 0, { { 0x83, 0xfffffff0, 0x100 } } });
	CHECK("partition-overlap", 2, { 0, { { 0x83, 8, 100 }, { 0x83, 50, 100 } } });
	CHECK("partition-overlap", 1, { 0, { { 0x83, 8, 100 }, { 5, 50, 100 } } }, { 50, { { 0, 0, 0 } } });
	CHECK("partition-overlap", 2, { 0, { { 5, 50, 100 } } },
	      { 50, { { 6, 1, 20 }, { 5, 10, 20 } } }, { 60, { { 6, 1, 10 } } });
	CHECK("partition-covers-table", 1, { 0, { { 0x83, 0, 100 } } });

	/* the extended partition is not there at all: two things are wrong */
	{
		static const struct table far[] = { { 0, { { 5, 1 << 30, 200 } } } };

		d = make(far, 1);
		disk_look(&d);
		TEST_EQ_U(disk_problems(&d, NULL), 2);
		TEST_EQ_U(disk_problems(&d, "partition-outside"), 1);
		TEST_EQ_U(disk_problems(&d, "mbr-ebr-outside"), 1);
		disk_done(&d);
	}
}

/* No table, one volume: the whole. */
static void
none(struct disk *d, const char *fs)
{
	disk_look(d);
	disk_expect(d, NULL);
	TEST_EQ_U(d->volumes.n_tables, 0);
	TEST_EQ_U(d->volumes.n, 1);
	if (fs)
		TEST_TRUE(d->volumes.v[0].fs && strcmp(d->volumes.v[0].fs->name, fs) == 0);
	else
		TEST_TRUE(!d->volumes.v[0].fs);
	disk_done(d);
}

static void
not_an_mbr(void)
{
	/* jump, name, 512-byte sectors, 4 a cluster, 1 reserved, 2 FATs, 512 roots, 512 sectors, F8, 2 a FAT */
	static const char bpb[] = "\xeb\x3c\x90MSDOS5.0\0\2\4\1\0\2\0\2\0\2\xf8\2\0";
	struct disk d = disk_new(N * SS);

	DISK_PUT(&d, 510, "\x55\xaa");
	none(&d, NULL);				/* nothing but zeros */
	d = disk_new(N * SS);
	disk_mbr(&d, 0, 0, &(struct mbr_row) { 6, 8, 100 }, 1);
	DISK_PUT(&d, 0, bpb);
	none(&d, "fat12");
	d = disk_new(N * SS);
	disk_mbr(&d, 0, 1, &(struct mbr_row) { 6, 8, 100 }, 1);
	DISK_PUT(&d, 0, "\xeb\x52\x90NTFS    \0\2\x08");
	none(&d, "ntfs");
	d = disk_new(N * SS);
	disk_mbr(&d, 0, 1, &(struct mbr_row) { 6, 8, 100 }, 1);
	d.b[446] = 0x7f;			/* a status no table has */
	none(&d, NULL);
	d = disk_new(SS - 1);
	none(&d, NULL);
	d = disk_new(0);
	none(&d, NULL);
}

int
main(void)
{
	layout();
	good();
	bad_chains();
	bad_places();
	not_an_mbr();
	return 0;
}
