/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that came compressed for zisofs (mkzftree makes them): they go in as they are, and are marked so that readers
 * unpack them.  The magic alone proves nothing; a file is marked if all of its block pointers lead where they may. */
#include "config.h"

#include <string.h>

#include "core/bytes.h"
#include "formats/iso9660/iso.h"
#include "formats/iso9660/making.h"

#define HEAD 16

/* Does the reader take it?  @head is its beginning. */
static bool
opens(const struct mfile *f, const uint8_t *head)
{
	const struct iso_zf zf = { .size = load_le32(head + 8) };
	struct img_source *plain = NULL;

	if (iso_zisofs(f->content, &zf, &plain, NULL))
		return false;
	img_unref(plain);
	return true;
}

int
making_zisofs_found(struct iso_author *a, struct img_err *err)
{
	static const uint8_t magic[8] = { 0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07 };
	uint8_t head[HEAD];
	char path[256];
	int rc = 0;

	for (size_t i = 0; !rc && i < a->n_files; i++) {
		struct mfile *f = &a->file[i];

		/* Linux reads blocks of 32 to 128 KiB; an empty file has nothing to unpack */
		if (!f->content || f->size <= HEAD || (f->content->flags & IMG_FORWARD))
			continue;
		rc = img_source_read(f->content, 0, head, HEAD, err);
		if (rc)
			return img_note(err, rc, "%s", making_path(a, f->node, path, sizeof path));
		if (memcmp(head, magic, 8) || head[13] < 15 || head[13] > 17 || !load_le32(head + 8) || !opens(f, head))
			continue;
		f->plain = load_le32(head + 8);
		f->zf_bits = head[13];
		a->layout.n_zisofs++;
		a->layout.zisofs_plain += f->plain;
		a->layout.zisofs_stored += f->size;
	}
	return rc;
}
