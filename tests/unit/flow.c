/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that come by once: order, ends, failures, and a maker that nobody listens to any more.  Also the checksum of lz4. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/xxh32.h"
#include "core/flow.h"
#include "img/env.h"
#include "img/source.h"
#include "tests/test.h"

#define SIZE ((uint64_t)9 << 20 | 12345)	/* more than the ring holds */

struct maker {
	struct img_source *from;
	uint64_t size;
	int rc;			/* after @size bytes */
	bool done;
};

static uint8_t
byte_at(uint64_t off)
{
	return (uint8_t)(off * 7 + off / 4096);
}

static int
make(void *ctx, struct img_flow *f, struct img_err *err)
{
	struct maker *m = ctx;
	uint64_t at = 0;

	while (at < m->size) {
		uint8_t *p;
		size_t n;
		int rc = img_flow_room(f, &p, &n, err);

		if (rc)
			return rc;
		if (n > 70001)		/* parts of a slot */
			n = 70001;
		if (n > m->size - at)
			n = (size_t)(m->size - at);
		for (size_t i = 0; i < n; i++)
			p[i] = byte_at(at + i);
		img_flow_came(f, n);
		at += n;
	}
	return m->rc ? img_fail(err, (enum img_code)m->rc, "it broke") : 0;
}

static void
done(void *ctx)
{
	((struct maker *)ctx)->done = true;
}

static struct img_source *
begin(struct maker *m)
{
	struct img_source *s = NULL;

	m->done = false;
	TEST_TRUE(!img_flow_new(m->from, "test", make, done, m, &s, NULL));
	return s;
}

static bool
right(const uint8_t *p, uint64_t off, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte_at(off + i))
			return false;
	return true;
}

/* Read from @at to the end in pieces of @step; the code that ends it. */
static int
read_on(struct img_source *s, uint64_t at, size_t step, uint64_t *ret_end)
{
	uint8_t *buf = malloc(step);
	int rc = 0;

	for (;;) {
		struct img_extent e;
		size_t n;

		rc = img_source_map(s, at, &e, NULL);
		if (rc || !e.len)
			break;
		n = e.off + e.len - at < step ? (size_t)(e.off + e.len - at) : step;
		rc = img_source_read(s, at, buf, n, NULL);
		if (rc)
			break;
		TEST_TRUE(right(buf, at, n));
		at += n;
	}
	free(buf);
	*ret_end = at;
	return rc;
}

static void
test_ends(struct img_source *s, struct img_source *head)
{
	struct img_source *ends = NULL;
	uint8_t buf[4096];
	uint64_t size = 0;

	TEST_TRUE(!img_flow_drain(s, &size, NULL));
	TEST_TRUE(size == SIZE);
	TEST_TRUE(!img_flow_ends(s, head, 16, &ends, NULL));
	TEST_TRUE(ends->size == SIZE);
	TEST_TRUE(!img_source_read(ends, SIZE - sizeof buf, buf, sizeof buf, NULL));
	TEST_TRUE(right(buf, SIZE - sizeof buf, sizeof buf));
	TEST_TRUE(!img_source_read(ends, 0, buf, 16, NULL) && buf[0] == 'h');
	TEST_TRUE(img_source_read(ends, 8, buf, 16, NULL) == IMG_E_LIMIT);
	TEST_TRUE(img_source_read(ends, 1 << 20, buf, 16, NULL) == IMG_E_LIMIT);
	img_unref(ends);
}

static void
test_xxh32(void)
{
	static const struct {
		const char *text;
		uint32_t sum;
	} known[] = { { "", 0x02cc5d05 }, { "a", 0x550d7456 }, { "abc", 0x32d153ff },
		      { "Nobody inspects the spammish repetition", 0xe2293b2f } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		for (size_t cut = 0; cut <= strlen(known[i].text); cut++) {
			struct xxh32 x;

			xxh32_begin(&x);
			xxh32_update(&x, known[i].text, cut);
			xxh32_update(&x, known[i].text + cut, strlen(known[i].text) - cut);
			TEST_TRUE(xxh32_end(&x) == known[i].sum);
		}
}

int
main(void)
{
	struct img_env *env = NULL;
	struct img_source *head = NULL, *s;
	struct maker m = { .size = SIZE };
	uint64_t end = 0;

	TEST_TRUE(!img_env_new(NULL, &env, NULL));
	TEST_TRUE(!img_memory(env, "head of the file", 16, false, &head, NULL));
	m.from = head;

	s = begin(&m);		/* all of it, in pieces that cross slots */
	TEST_TRUE(!read_on(s, 0, 100003, &end) && end == SIZE);
	test_ends(s, head);
	img_unref(s);
	TEST_TRUE(m.done);

	s = begin(&m);		/* passing over a part; what was passed cannot be had */
	TEST_TRUE(!img_flow_skip(s, 5 << 20, NULL));
	TEST_TRUE(!read_on(s, (5 << 20) + 17, 4096, &end) && end == SIZE);
	TEST_TRUE(img_source_read(s, 0, &end, 8, NULL) == IMG_E_LIMIT);
	TEST_TRUE(img_source_read(s, SIZE - 4, &end, 8, NULL) == IMG_E_FORMAT);
	test_ends(s, head);
	img_unref(s);

	s = begin(&m);
	TEST_TRUE(img_flow_skip(s, SIZE + (1 << 20), NULL) == IMG_E_FORMAT);
	img_unref(s);

	s = begin(&m);		/* nobody wants it */
	img_unref(s);
	TEST_TRUE(m.done);

	m.rc = IMG_E_CHECKSUM;	/* what came before a failure is there, then it is told */
	s = begin(&m);
	TEST_TRUE(read_on(s, 0, 65536, &end) == IMG_E_CHECKSUM && end == SIZE);
	img_unref(s);
	m.rc = 0;

	m.size = 0;
	s = begin(&m);
	TEST_TRUE(!read_on(s, 0, 65536, &end) && end == 0);
	img_unref(s);

	test_xxh32();
	img_unref(head);
	img_env_free(env);
	return 0;
}
