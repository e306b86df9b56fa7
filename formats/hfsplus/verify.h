/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the structure check know of each other. */
#ifndef FORMATS_HFSPLUS_VERIFY_H
#define FORMATS_HFSPLUS_VERIFY_H

#include "formats/faults.h"
#include "formats/hfsplus/volume.h"

struct hfs_verification {
	const struct hfs *f;
	uint8_t *used;			/* a bit a block */
	uint64_t n_used, n_files, n_folders;
	uint64_t n_blocks;		/* that are there: the header may say more */
	struct img_faults faults;
	uint32_t highest_id;
	uint64_t encodings;		/* that names are in */
	/* Sums of digests: what is said in two places adds up to the same, and where it does not, it is looked for. */
	uint64_t named, threads;	/* records with a thread; threads */
	uint64_t marked_attrs, found_attrs, marked_lists, found_lists;
	uint64_t links_ahead, links_back, first_links, linked_first;
	uint64_t links_to, linked_count;	/* links by what they lead to; files by how many they know of */
};

/* The blocks of a fork are somebody's from now on; its sizes must fit together. */
void hfs_verify_fork(struct hfs_verification *v, const struct hfs_fork *fork, uint32_t id, uint8_t type, const char *name);

int hfs_verify_extent(struct hfs_verification *v, struct hfs_extent e, struct img_err *err);

/* A digest of three numbers; their sum over many does not depend on the order. */
uint64_t hfs_mix(uint64_t a, uint64_t b, uint64_t c);

/* ---- verify_catalog.c ---- */
int hfs_verify_catalog(struct hfs_verification *v, struct img_err *err);

/* ---- verify_links.c ---- */
void hfs_verify_link(struct hfs_verification *v, const struct hfs_record *r, const char *name);
/* A file in the private folder; after all links. */
int hfs_verify_linked(struct hfs_verification *v, struct img_err *err);

/* ---- verify_attributes.c ---- */
int hfs_verify_attributes(struct hfs_verification *v, struct img_err *err);

#endif
