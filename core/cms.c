/* SPDX-License-Identifier: BSD-2-Clause */
/* libcrypto does the work.  What Apple adds: certificates with critical extensions of its own (1.2.840.113635.100.6.*), which
 * libcrypto cannot know; the time stamp of an authority as an unsigned attribute (RFC 3161), so that signatures outlive
 * certificates; and two signed attributes with the hashes of all code directories (1.2.840.113635.100.9.1: a property list of
 * cdhashes, 9.2: pairs of algorithm and hash). */
#include "config.h"

#include "core/cms.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base64.h"
#include "core/memory.h"
#include "img/report.h"

#define APPLE_EXTENSIONS "1.2.840.113635.100.6."
#define APPLE_CDHASHES "1.2.840.113635.100.9.1"
#define APPLE_CDHASHES2 "1.2.840.113635.100.9.2"
#define NEVER INT64_MIN

/* A parsed signature with one signer. */
struct message {
	CMS_ContentInfo *cms;
	CMS_SignerInfo *by;		/* in @cms */
	STACK_OF(X509) *certs;
	X509 *signer;			/* in @certs; NULL: his certificate is not there */
};

static void
message_done(struct message *m)
{
	sk_X509_pop_free(m->certs, X509_free);
	CMS_ContentInfo_free(m->cms);
	ERR_clear_error();
}

/* What stands behind the signature in its blob is room that the signer did not need. */
static bool
is_zeros(const uint8_t *p, const uint8_t *end)
{
	while (p < end && !*p)
		p++;
	return p == end;
}

static int
message_parse(const void *bytes, size_t n, struct message *m, struct img_err *err)
{
	const unsigned char *p = bytes;
	STACK_OF(CMS_SignerInfo) *list;

	*m = (struct message) { .cms = d2i_CMS_ContentInfo(NULL, &p, (long)n) };
	if (!m->cms || !is_zeros(p, (const uint8_t *)bytes + n) || OBJ_obj2nid(CMS_get0_type(m->cms)) != NID_pkcs7_signed) {
		message_done(m);
		return img_fail(err, IMG_E_FORMAT, "the CMS signature (%zu bytes) cannot be read", n);
	}
	list = CMS_get0_SignerInfos(m->cms);
	m->certs = CMS_get1_certs(m->cms);
	if (!list || sk_CMS_SignerInfo_num(list) != 1) {
		int many = list ? sk_CMS_SignerInfo_num(list) : 0;

		message_done(m);
		return img_fail(err, IMG_E_FORMAT, "the CMS signature has %d signers, not one", many);
	}
	m->by = sk_CMS_SignerInfo_value(list, 0);
	for (int i = 0; m->certs && i < sk_X509_num(m->certs) && !m->signer; i++)
		if (!CMS_SignerInfo_cert_cmp(m->by, sk_X509_value(m->certs, i)))
			m->signer = sk_X509_value(m->certs, i);
	return 0;
}

/* ---- what it says ---- */

/* The last entry of the kind in the subject's name, as UTF-8. */
static void
name_of(X509 *x, int nid, char *ret, size_t room)
{
	X509_NAME *name = X509_get_subject_name(x);
	int at = -1, i;
	unsigned char *text = NULL;
	int n;

	*ret = '\0';
	while ((i = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
		at = i;
	n = at < 0 ? -1 : ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (n < 0)
		return;
	for (i = 0; i < n; i++)
		text[i] = text[i] ? text[i] : '?';
	snprintf(ret, room, "%.*s", n, (char *)text);
	OPENSSL_free(text);
}

static int64_t
time_of(const ASN1_TIME *t)
{
	struct tm tm;

	return t && ASN1_TIME_to_tm(t, &tm) ? (int64_t)timegm(&tm) : NEVER;
}

static int64_t
signed_at(const struct message *m)
{
	int at = CMS_signed_get_attr_by_NID(m->by, NID_pkcs9_signingTime, -1);
	ASN1_TYPE *t = at < 0 ? NULL : X509_ATTRIBUTE_get0_type(CMS_signed_get_attr(m->by, at), 0);

	if (!t || (t->type != V_ASN1_UTCTIME && t->type != V_ASN1_GENERALIZEDTIME))
		return NEVER;
	return time_of(t->value.utctime);
}

/* The token of the time stamp; NULL: none. */
static ASN1_STRING *
stamp_of(const struct message *m)
{
	int at = CMS_unsigned_get_attr_by_NID(m->by, NID_id_smime_aa_timeStampToken, -1);
	ASN1_TYPE *t = at < 0 ? NULL : X509_ATTRIBUTE_get0_type(CMS_unsigned_get_attr(m->by, at), 0);

	return t && t->type == V_ASN1_SEQUENCE ? t->value.sequence : NULL;
}

/* The certificate that made @x, from among those that came along; NULL: none, or @x is its own. */
static X509 *
issuer_of(const struct message *m, X509 *x)
{
	for (int i = 0; i < sk_X509_num(m->certs); i++) {
		X509 *up = sk_X509_value(m->certs, i);

		if (up != x && X509_check_issued(up, x) == X509_V_OK)
			return up;
	}
	return NULL;
}

int
cms_read(const void *bytes, size_t n, struct cms_facts *ret, struct img_err *err)
{
	struct message m;
	int rc = message_parse(bytes, n, &m, err);

	if (rc)
		return rc;
	*ret = (struct cms_facts) { .signed_at = signed_at(&m), .stamped = stamp_of(&m) };
	if (m.signer)
		name_of(m.signer, NID_organizationalUnitName, ret->team, sizeof ret->team);
	for (X509 *x = m.signer; x && ret->n_chain < CMS_MAX_CHAIN; x = issuer_of(&m, x))
		name_of(x, NID_commonName, ret->chain[ret->n_chain++], CMS_NAME);
	message_done(&m);
	return 0;
}

void
cms_describe(const struct cms_facts *f, struct img_rep *rep)
{
	struct img_rep *list = img_rep_arr(rep, "authorities");
	time_t t = (time_t)f->signed_at;
	char text[40];
	struct tm tm;

	for (size_t i = 0; i < f->n_chain; i++)
		img_rep_str(list, NULL, f->chain[i]);
	if (f->signed_at != NEVER && gmtime_r(&t, &tm) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
		img_rep_str(rep, "signed_at", text);
	img_rep_bool(rep, "timestamp", f->stamped);
}

/* ---- roots ---- */

static int
roots_load(const char *path, X509_STORE *store, struct img_err *err)
{
	BIO *in = BIO_new_file(path, "rb");
	X509 *x;
	int n = 0;

	if (!in)
		return img_fail(err, IMG_E_USAGE, "--trust: cannot open %s", path);
	while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		n += X509_STORE_add_cert(store, x);
		X509_free(x);
	}
	if (!n && BIO_reset(in) == 0 && (x = d2i_X509_bio(in, NULL))) {
		n = X509_STORE_add_cert(store, x);
		X509_free(x);
	}
	BIO_free(in);
	ERR_clear_error();
	return n ? 0 : img_fail(err, IMG_E_USAGE, "--trust: %s holds no certificate", path);
}

/* Are all critical extensions of @x, but those that libcrypto knows, Apple's own marks of what it is for? */
static bool
only_apples(X509 *x)
{
	for (int i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		char oid[80];

		if (!X509_EXTENSION_get_critical(e) || X509_supported_extension(e))
			continue;
		if (OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(e), 1) <= 0 ||
		    strncmp(oid, APPLE_EXTENSIONS, sizeof APPLE_EXTENSIONS - 1))
			return false;
	}
	return true;
}

static int
on_certificate(int ok, X509_STORE_CTX *c)
{
	if (!ok && X509_STORE_CTX_get_error(c) == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION &&
	    only_apples(X509_STORE_CTX_get_current_cert(c))) {
		X509_STORE_CTX_set_error(c, X509_V_OK);
		return 1;
	}
	return ok;
}

static X509_STORE *
store_new(const char *roots, struct img_err *err)
{
	X509_STORE *s = X509_STORE_new();

	if (!s) {
		img_fail_nomem(err);
		return NULL;
	}
	X509_STORE_set_verify_cb(s, on_certificate);
	X509_STORE_set_flags(s, X509_V_FLAG_PARTIAL_CHAIN);	/* whom the user names need not be a root */
	if (roots_load(roots, s, err)) {
		X509_STORE_free(s);
		return NULL;
	}
	return s;
}

/* ---- the time stamp ---- */

/* The time that an authority whose chain leads to @roots gives for the signature; NEVER: none.  Its certificates count at
 * that time. */
static int64_t
stamped_at(const struct message *m, const char *roots)
{
	const ASN1_STRING *token = stamp_of(m);
	const unsigned char *p = token ? ASN1_STRING_get0_data(token) : NULL;
	PKCS7 *stamp = token ? d2i_PKCS7(NULL, &p, ASN1_STRING_length(token)) : NULL;
	TS_TST_INFO *info = stamp && PKCS7_type_is_signed(stamp) ? PKCS7_to_TS_TST_INFO(stamp) : NULL;
	int64_t when = info ? time_of(TS_TST_INFO_get_time(info)) : NEVER;
	X509_STORE *store = when == NEVER ? NULL : store_new(roots, NULL);
	TS_VERIFY_CTX *c = store ? TS_VERIFY_CTX_new() : NULL;
	ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(m->by);
	bool good = false;

	if (c) {
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)when);
		TS_VERIFY_CTX_set_flags(c, TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA);
		TS_VERIFY_CTX_set_data(c, BIO_new_mem_buf(ASN1_STRING_get0_data(value), ASN1_STRING_length(value)));
		TS_VERIFY_CTX_set_store(c, store);	/* which frees it */
		good = TS_RESP_verify_token(c, stamp) == 1;
		TS_VERIFY_CTX_free(c);
	} else {
		X509_STORE_free(store);
	}
	TS_TST_INFO_free(info);
	PKCS7_free(stamp);
	return good ? when : NEVER;
}

/* ---- the judgement ---- */

static void
judge_chain(const struct message *m, X509_STORE *store, struct cms_verdict *v)
{
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *how;

	v->trust = CMS_UNTRUSTED;
	if (!c || !X509_STORE_CTX_init(c, store, m->signer, m->certs)) {
		snprintf(v->why, sizeof v->why, "out of memory");
		X509_STORE_CTX_free(c);
		return;
	}
	how = X509_STORE_CTX_get0_param(c);
	X509_VERIFY_PARAM_set_purpose(how, X509_PURPOSE_ANY);
	if (v->stamped_at != NEVER)
		X509_VERIFY_PARAM_set_time(how, (time_t)v->stamped_at);
	if (X509_verify_cert(c) != 1)
		snprintf(v->why, sizeof v->why, "%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(c)));
	else if (X509_get_extension_flags(m->signer) & EXFLAG_XKUSAGE &&
		 !(X509_get_extended_key_usage(m->signer) & XKU_CODE_SIGN))
		snprintf(v->why, sizeof v->why, "the signer's certificate is not for code");
	else
		v->trust = CMS_TRUSTED;
	X509_STORE_CTX_free(c);
}

/* Is it the signer's signature over the content?  With signed attributes this compares their message digest too. */
static void
judge_signature(const struct message *m, const void *content, size_t n, struct cms_verdict *v)
{
	BIO *in = BIO_new_mem_buf(content, (int)n);
	const char *why;

	v->holds = in && m->signer && CMS_verify(m->cms, NULL, NULL, in, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;
	if (!v->holds) {
		why = m->signer ? ERR_reason_error_string(ERR_peek_last_error()) : "the signer's certificate is not in it";
		snprintf(v->why, sizeof v->why, "%s", why ? why : "it does not hold");
	}
	BIO_free(in);
}

int
cms_check(const void *bytes, size_t n, const void *content, size_t n_content, const char *roots, struct cms_verdict *ret,
	  struct img_err *err)
{
	struct cms_verdict v = { .stamped_at = NEVER };
	X509_STORE *store = NULL;
	struct message m;
	int rc = message_parse(bytes, n, &m, err);

	if (rc)
		return rc;
	judge_signature(&m, content, n_content, &v);
	if (roots) {
		struct img_err why = { 0 };

		store = store_new(roots, &why);
		if (!store) {
			message_done(&m);
			if (err)
				*err = why;
			return why.code;
		}
	}
	if (store && v.holds) {
		v.stamped_at = stamped_at(&m, roots);
		judge_chain(&m, store, &v);
	}
	X509_STORE_free(store);
	message_done(&m);
	*ret = v;
	return 0;
}

/* ---- hashes of code directories ---- */

static bool
hashes_of_plist(const ASN1_TYPE *t, cms_hash_fn *fn, void *ctx)
{
	const char *at, *end;
	bool fits = t && t->type == V_ASN1_OCTET_STRING;

	if (!fits)
		return false;
	at = (const char *)ASN1_STRING_get0_data(t->value.octet_string);
	end = at + ASN1_STRING_length(t->value.octet_string);
	while (fits && (at = memmem(at, (size_t)(end - at), "<data>", 6))) {
		const char *stop = memmem(at, (size_t)(end - at), "</data>", 7);
		img_autobuf struct img_buf sum = img_buf_new(256);
		struct img_base64 b = { 0 };

		at += 6;
		fits = stop && !img_base64_add(&b, at, (size_t)(stop - at), &sum, NULL) && !img_base64_end(&b, &sum, NULL) &&
		       sum.len && fn(ctx, NULL, sum.p, sum.len);
	}
	return fits;
}

static const char *
digest_name(const ASN1_OBJECT *o)
{
	int nid = OBJ_obj2nid(o);

	return nid == NID_sha1 ? "sha1" : nid == NID_sha256 ? "sha256" : nid == NID_sha384 ? "sha384" : "?";
}

/* SEQUENCE { algorithm OBJECT IDENTIFIER, hash OCTET STRING } */
static bool
hash_of_pair(const ASN1_TYPE *t, cms_hash_fn *fn, void *ctx)
{
	const unsigned char *p = t && t->type == V_ASN1_SEQUENCE ? ASN1_STRING_get0_data(t->value.sequence) : NULL;
	STACK_OF(ASN1_TYPE) *pair = p ? d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(t->value.sequence)) : NULL;
	bool fits = pair && sk_ASN1_TYPE_num(pair) == 2;

	if (fits) {
		const ASN1_TYPE *kind = sk_ASN1_TYPE_value(pair, 0), *sum = sk_ASN1_TYPE_value(pair, 1);

		fits = kind->type == V_ASN1_OBJECT && sum->type == V_ASN1_OCTET_STRING &&
		       fn(ctx, digest_name(kind->value.object), ASN1_STRING_get0_data(sum->value.octet_string),
			  (size_t)ASN1_STRING_length(sum->value.octet_string));
	}
	sk_ASN1_TYPE_pop_free(pair, ASN1_TYPE_free);
	return fits;
}

bool
cms_code_hashes(const void *bytes, size_t n, cms_hash_fn *fn, void *ctx)
{
	struct message m;
	bool fits = true;

	if (message_parse(bytes, n, &m, NULL))
		return false;
	for (int i = 0; fits && i < CMS_signed_get_attr_count(m.by); i++) {
		X509_ATTRIBUTE *a = CMS_signed_get_attr(m.by, i);
		char oid[80];

		if (OBJ_obj2txt(oid, sizeof oid, X509_ATTRIBUTE_get0_object(a), 1) <= 0)
			continue;
		for (int k = 0; fits && k < X509_ATTRIBUTE_count(a); k++) {
			ASN1_TYPE *t = X509_ATTRIBUTE_get0_type(a, k);

			if (!strcmp(oid, APPLE_CDHASHES))
				fits = hashes_of_plist(t, fn, ctx);
			else if (!strcmp(oid, APPLE_CDHASHES2))
				fits = hash_of_pair(t, fn, ctx);
		}
	}
	message_done(&m);
	return fits;
}
