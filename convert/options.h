/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv's command line, as a struct. */
#ifndef CONVERT_OPTIONS_H
#define CONVERT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/tool.h"
#include "img/extract.h"
#include "img/format.h"
#include "trees/finder/finder.h"

struct img_arena;
struct img_digest;

#define MAX_EXPECT 8
#define MAX_PATTERNS 1024
#define CONV_KEY_ROUNDS "key-rounds"	/* --opt: of the key derivation of an encrypted target */

enum owner_mode { OWNER_DEFAULT, OWNER_KEEP, OWNER_DROP, OWNER_SET };

/* A file, or the contents of a folder, and the path they get in the image. */
struct conv_graft {
	const char *from, *to;
};

/* One change of an image, in the order of OPT_ADD and so on. */
enum conv_edit_what { CONV_ADD, CONV_RM, CONV_MKDIR, CONV_MOVE };
struct conv_edit {
	enum conv_edit_what what;
	const char *value;
	const char *first;		/* what stands in front of the colon, where one parts it; @value is the rest */
};

/* As hdiutil tells what it made: not at all, "created: PATH", a property list of paths. */
enum created_as { CREATED_SILENT, CREATED_TEXT, CREATED_PLIST };

/* A licence to agree to, and the word for its language; NULL: English. */
struct conv_licence {
	const char *file, *language;
};

/* --split-names */
enum part_names { PART_NAMES_DEFAULT, PART_NAMES_DIGITS, PART_NAMES_LETTERS, PART_NAMES_WORD, PART_NAMES_DMG, PART_NAMES_SIMG };

struct conv_options {
	const char *source, *dest;
	const char *to;				/* -O; NULL: by the name of the target */
	bool overwrite, dry_run, ignore_errors, raw;
	bool print_blocks;			/* of a dry run only the size, in blocks of 2 KiB */
	uint32_t sparse;			/* smallest run of zeros that becomes a hole; 0: none */
	bool compress;				/* -c */
	const char *method;			/* --compress, without its level; points into @method_text */
	int level;				/* of --compress; -1: none was given */
	uint32_t min_macos;			/* major << 8 | minor; 0: not given */
	char method_text[32];
	unsigned int encrypt;			/* bits of the key; 0: not encrypted */
	const char *new_password_file;		/* NULL: none */
	int new_password_fd;			/* -1: none */
	const char *key_rounds;			/* of the key derivation; NULL: as usual */
	size_t n_expect;
	const char *expect[MAX_EXPECT];		/* ALGO:HEX, or a file with such lists */
	const struct img_digest *checksum;	/* of the sidecar; NULL: none */
	/* what follows is of the job that takes files out */
	bool extract;
	const char *archive_format, *archive_filter;	/* of an archive as target; NULL: a folder */
	size_t n_patterns;
	const char *pattern[MAX_PATTERNS];
	unsigned int strip;
	enum img_xattrs xattrs, forks;
	bool xattrs_asked;			/* to keep them: images of files have them on request only */
	enum owner_mode owner;
	const char *view;
	unsigned int session;
	/* and of the job that makes images of files */
	bool build;
	size_t n_sources;
	const char *sources[MAX_PATTERNS];
	bool empty;				/* nothing is put in */
	bool keep_parent, contents_only, follow_links, null_lists, implant_md5;
	bool repack;
	const char *fs, *partition_map;		/* NULL: what the target stands for */
	uint64_t size;				/* of the image; 0: what is needed */
	const char *label, *timestamp, *files_from, *exclude_from;
	size_t n_exclude, n_grafts, n_keys;
	const char **exclude;			/* conv_add_exclude, conv_add_graft and conv_add_key let them grow */
	struct conv_graft *graft;
	uint32_t uid, gid;			/* OWNER_SET */
	enum img_mode mode;
	uint32_t file_mode, dir_mode;
	struct img_author_key *key;		/* for the author */
	/* and of those that are DMGs */
	struct finder_options finder;
	struct finder_icon *icon;
	const char **hidden;
	size_t n_licences, n_links;
	struct conv_licence *licence;
	struct conv_graft *link;		/* symbolic links: what they say, and their path in the image */
	const char *layout;			/* appdmg.json; NULL: none */
	uint64_t split;				/* bytes of each file of the target; 0: one file */
	enum part_names part_names;
	bool bmap, no_bmap;			/* leave DEST.bmap; do not look for SOURCE.bmap */
	const char *source_bmap;		/* the source's block map; NULL: the one beside it */
	enum created_as created;		/* what standard output is told in the end */
	/* and of the job that changes one */
	bool edit, in_place;
	size_t n_edits;
	struct conv_edit *edits;
	struct img_arena *arena;		/* owns these lists, and strings that no word of the command holds */
};

/* Fill @ret, which is zeroed but for its arena and stays where it is (it points into itself), and t->o; on failure perhaps t->hint. */
int conv_options_parse(struct tool *t, int argc, char **argv, struct conv_options *ret, struct img_err *err);

/* One more, however many there are; the strings are borrowed.  IMG_E_NOMEM. */
int conv_add_exclude(struct conv_options *o, const char *glob, struct img_err *err);
int conv_add_graft(struct conv_options *o, const char *from, const char *to, struct img_err *err);
int conv_add_edit(struct conv_options *o, const struct conv_edit *edit, struct img_err *err);
int conv_add_link(struct conv_options *o, const char *target, const char *to, struct img_err *err);
int conv_add_icon(struct conv_options *o, const char *name, int32_t x, int32_t y, struct img_err *err);
int conv_add_hidden(struct conv_options *o, const char *name, struct img_err *err);
int conv_add_licence(struct conv_options *o, const char *file, const char *language, struct img_err *err);
int conv_add_key(struct conv_options *o, const char *key, const char *value, struct img_err *err);

/* The ten lines for a call without arguments, and --help. */
void conv_usage(FILE *f);
void conv_help(FILE *f);
/* Help on t->o.topic; a status. */
int conv_help_topic(struct tool *t);

#endif
