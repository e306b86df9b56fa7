/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering the stored proofs of an image, and what a job over it would have to move. */
#include "config.h"

#include "img/job.h"

int
img_image_checks(const struct img_image *im, struct img_checks *ret, struct img_err *err)
{
	for (unsigned int i = 0; i < im->n; i++) {
		struct img_source *s = im->layer[i].source;
		int rc = s->ops->checks ? s->ops->checks(s, ret, err) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

int
img_source_need(struct img_source *s, uint64_t *ret_data, struct img_err *err)
{
	uint64_t data = 0;

	for (uint64_t off = 0; off < s->size;) {
		struct img_extent e;
		int rc = img_source_resolve(s, off, &e, NULL, err);

		if (rc)
			return rc;
		if (e.kind == IMG_DATA || e.kind == IMG_OPAQUE)
			data += e.off + e.len - off;
		off = e.off + e.len;
	}
	*ret_data = data;
	return 0;
}
