/* SPDX-License-Identifier: BSD-2-Clause */
/* The implanted MD5 covers an image without its own field, so it is known when the last byte has passed; the field is near
 * the front.  Where the target can seek the field is written last, else the image is read twice. */
#include "config.h"

#include "convert/implant.h"

#include "formats/iso9660/author.h"
#include "img/job.h"
#include "img/out.h"
#include "img/source.h"

const struct img_digest *
implant_digest(void)
{
	return &iso_implant_digest;
}

int
implant_write(struct img_out *out, struct img_source *image, const uint8_t *sum, struct img_err *err)
{
	uint8_t field[ISO_IMPLANT_LEN];

	iso_implant_field(iso_layout_of(image)->volume, sum, field);
	return img_out_write(out, ISO_IMPLANT_OFF, field, sizeof field, err);
}

int
implant_ahead(struct img_source **io_image, unsigned int threads, struct img_err *err)
{
	struct img_tap tap = { .digest = &iso_implant_digest };
	struct img_job j = { .source = *io_image, .threads = threads, .taps = &tap, .n_taps = 1 };
	struct img_sink_job nowhere = { .source = *io_image };
	uint8_t field[ISO_IMPLANT_LEN];
	struct img_edit edit = { ISO_IMPLANT_OFF, field, sizeof field };
	struct img_source *patched;
	int rc = img_sink_null.begin(&nowhere, NULL, &j.sink, err);

	if (rc)
		return rc;
	rc = img_job_run(&j, err);
	j.sink->ops->destroy(j.sink);
	img_job_done(&j);
	if (rc)
		return rc;
	iso_implant_field(iso_layout_of(*io_image)->volume, tap.found, field);
	rc = img_patched(*io_image, &edit, 1, &patched, err);
	if (rc)
		return rc;
	img_unref(*io_image);
	*io_image = patched;
	return 0;
}
