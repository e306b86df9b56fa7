/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of a file on a web server; see core/http.h.
 *
 * A server that sends ranges (RFC 9110 14) answers 206 and "Content-Range: bytes FIRST-LAST/TOTAL".  200 means that it would send
 * all of the file: the transfer is stopped before its first byte.  ETag and Last-Modified of the first answer are held against
 * those of every later one, so that nobody reads the head of one release and the tail of the next. */
#include "config.h"

#include "core/http.h"

#include <stdlib.h>

#include "img/env.h"

#ifdef HAVE_CURL

#include <curl/curl.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/memory.h"

#define TRIES 4			/* of one range, with a pause of 1/4 s, doubled each time */
#define MAX_TAG 256

/* What is used of libcurl. */
static struct {
	CURLcode (*global_init)(long flags);
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *c);
	CURLcode (*easy_setopt)(CURL *c, CURLoption option, ...);
	CURLcode (*easy_perform)(CURL *c);
	CURLcode (*easy_getinfo)(CURL *c, CURLINFO info, ...);
	const char *(*easy_strerror)(CURLcode code);
	bool there;
} lib;

/* A connection that nobody uses. */
struct idle {
	struct idle *next;
	CURL *curl;
};

struct http {
	struct img_env *env;
	char *url;			/* as given */
	uint64_t size;
	char tag[MAX_TAG], modified[MAX_TAG];	/* of the first answer; "" if it had none */
	pthread_mutex_t lock;		/* guards what follows */
	char *place;			/* where redirects led; NULL: @url */
	struct idle *idle;
};

/* One transfer, and what its answer says. */
struct request {
	struct http *h;
	uint8_t *buf;
	size_t want, got;
	uint64_t begin;			/* of the file: what goes to buf[got] first */
	int status;
	bool ranged, refused;		/* the answer has a range; it is not the one asked for */
	uint64_t from, total;
	char tag[MAX_TAG], modified[MAX_TAG];
	char why[CURL_ERROR_SIZE];
};

/* ---- libcurl ---- */

static bool
symbol(void *dl, const char *name, void *ret)
{
	void *p = dlsym(dl, name);

	memcpy(ret, &p, sizeof p);	/* ISO C knows no cast from an object's address to a function's */
	return p != NULL;
}

static void
load(void)
{
	static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib", "libcurl.so" };
	void *dl = NULL;

	for (size_t i = 0; !dl && i < sizeof names / sizeof *names; i++)
		dl = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	lib.there = dl && symbol(dl, "curl_global_init", &lib.global_init) && symbol(dl, "curl_easy_init", &lib.easy_init) &&
		    symbol(dl, "curl_easy_cleanup", &lib.easy_cleanup) && symbol(dl, "curl_easy_setopt", &lib.easy_setopt) &&
		    symbol(dl, "curl_easy_perform", &lib.easy_perform) && symbol(dl, "curl_easy_getinfo", &lib.easy_getinfo) &&
		    symbol(dl, "curl_easy_strerror", &lib.easy_strerror) && !lib.global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- one answer ---- */

/* The value of header @name in the @n bytes of @line, without blanks around it; NULL: another header. */
static const char *
header(const char *line, size_t n, const char *name, size_t *ret_len)
{
	size_t k = strlen(name);

	if (n <= k || strncasecmp(line, name, k) || line[k] != ':')
		return NULL;
	line += k + 1;
	n -= k + 1;
	while (n && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	while (n && strchr(" \t\r\n", line[n - 1]))
		n--;
	*ret_len = n;
	return line;
}

static void
keep(char *ret, const char *value, size_t len)
{
	snprintf(ret, MAX_TAG, "%.*s", (int)(len < MAX_TAG ? len : MAX_TAG - 1), value);
}

/* "bytes 0-65535/4812341248"; with status 416, which an empty file gives, there is an asterisk before the slash. */
static void
parse_range(struct request *r, const char *value, size_t len)
{
	char text[80];
	uint64_t last;

	if (len >= sizeof text)
		return;
	memcpy(text, value, len);
	text[len] = '\0';
	if (sscanf(text, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64, &r->from, &last, &r->total) == 3)
		r->ranged = last >= r->from && last < r->total && r->total <= INT64_MAX;
}

static size_t
on_header(char *line, size_t size, size_t n, void *ctx)
{
	struct request *r = ctx;
	const char *value;
	size_t len;

	n *= size;
	if (n > 5 && !strncmp(line, "HTTP/", 5)) {	/* every answer on the way through redirects begins so */
		value = memchr(line, ' ', n);
		r->status = value ? atoi(value) : 0;
		r->ranged = false;
		r->tag[0] = r->modified[0] = '\0';
	} else if ((value = header(line, n, "Content-Range", &len))) {
		parse_range(r, value, len);
	} else if ((value = header(line, n, "ETag", &len))) {
		keep(r->tag, value, len);
	} else if ((value = header(line, n, "Last-Modified", &len))) {
		keep(r->modified, value, len);
	}
	return n;
}

/* Ends the transfer where something else comes than what was asked for. */
static size_t
on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
	struct request *r = ctx;

	n *= size;
	r->refused = r->status != 206 || !r->ranged || r->from != r->begin || n > r->want - r->got;
	if (r->refused)
		return 0;
	memcpy(r->buf + r->got, bytes, n);
	r->got += n;
	return n;
}

static int
on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
	return img_env_cancelled(((struct request *)ctx)->h->env);
}

/* ---- one range ---- */

static CURL *
borrow(struct http *h)
{
	struct idle *idle;
	CURL *c;

	pthread_mutex_lock(&h->lock);
	idle = h->idle;
	if (idle)
		h->idle = idle->next;
	pthread_mutex_unlock(&h->lock);
	if (!idle)
		return lib.easy_init();
	c = idle->curl;
	free(idle);
	return c;
}

static void
give_back(struct http *h, CURL *c)
{
	struct idle *idle = malloc(sizeof *idle);

	if (!idle) {
		lib.easy_cleanup(c);
		return;
	}
	pthread_mutex_lock(&h->lock);
	*idle = (struct idle) { h->idle, c };
	h->idle = idle;
	pthread_mutex_unlock(&h->lock);
}

/* An address that began with https stays so; nothing but the web is asked, whatever a redirect says. */
static void
set_protocols(CURL *c, const char *url)
{
	const char *next = strncasecmp(url, "https:", 6) ? "http,https" : "https";

#if LIBCURL_VERSION_NUM >= 0x075500
	lib.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	lib.easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, next);
#else
	lib.easy_setopt(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	lib.easy_setopt(c, CURLOPT_REDIR_PROTOCOLS, (long)(*next && next[4] == 's' ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void
prepare(CURL *c, struct request *r, const char *url, const char *range)
{
	lib.easy_setopt(c, CURLOPT_URL, url);
	lib.easy_setopt(c, CURLOPT_RANGE, range);
	lib.easy_setopt(c, CURLOPT_USERAGENT, "imgconv/" PACKAGE_VERSION);
	lib.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	lib.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	lib.easy_setopt(c, CURLOPT_MAXREDIRS, 10L);
	lib.easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
	lib.easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 30L);
	lib.easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);	/* bytes a second, over */
	lib.easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 60L);	/* seconds */
	lib.easy_setopt(c, CURLOPT_ERRORBUFFER, r->why);
	lib.easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	lib.easy_setopt(c, CURLOPT_HEADERDATA, r);
	lib.easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes);
	lib.easy_setopt(c, CURLOPT_WRITEDATA, r);
	lib.easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	lib.easy_setopt(c, CURLOPT_XFERINFODATA, r);
	lib.easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	set_protocols(c, url);
}

/* A copy of the address to ask; @forget: the place that redirects led to no longer has the file, ask the first again. */
static char *
place_of(struct http *h, bool forget)
{
	char *ret;

	pthread_mutex_lock(&h->lock);
	if (forget) {
		free(h->place);
		h->place = NULL;
	}
	ret = strdup(h->place ? h->place : h->url);
	pthread_mutex_unlock(&h->lock);
	return ret;
}

static void
remember_place(struct http *h, CURL *c)
{
	char *url = NULL;

	if (lib.easy_getinfo(c, CURLINFO_EFFECTIVE_URL, &url) || !url)
		return;
	pthread_mutex_lock(&h->lock);
	if (!h->place && strcmp(url, h->url))
		h->place = strdup(url);
	pthread_mutex_unlock(&h->lock);
}

static CURLcode
transfer(struct request *r, bool forget)
{
	img_autofree char *url = place_of(r->h, forget);
	CURL *c = borrow(r->h);
	char range[64];
	CURLcode code = CURLE_OUT_OF_MEMORY;

	r->status = 0;
	r->ranged = r->refused = false;
	r->why[0] = '\0';
	snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, r->begin, r->begin + (r->want - r->got) - 1);
	if (url && c) {
		prepare(c, r, url, range);
		code = lib.easy_perform(c);
		if (r->status == 206)
			remember_place(r->h, c);
	}
	if (c)
		give_back(r->h, c);
	return code;
}

/* What a status means for whoever named the address. */
static const char *
status_words(int status)
{
	static const struct {
		int status;
		const char *words;
	} known[] = {
		{ 401, "a name and a password are needed (a .netrc file can hold them)" }, { 403, "access is forbidden" },
		{ 404, "there is no such file" }, { 407, "the proxy wants a password" }, { 410, "the file is gone" },
		{ 416, "the file is empty" }, { 429, "too many requests" }, { 503, "the server is too busy" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == status)
			return known[i].words;
	return "the server does not give it";
}

static int
refusal(const struct request *r, struct img_err *err)
{
	if (r->status == 200)
		return img_fail(err, IMG_E_UNSUPPORTED, "the server sends only the whole file, no ranges of it; download it first");
	if (r->status == 206)
		return img_fail(err, IMG_E_IO, "the server sent another range than bytes %" PRIu64 " to %" PRIu64, r->begin,
				r->begin + (r->want - r->got) - 1);
	return img_fail(err, IMG_E_IO, "%s (HTTP status %d)", status_words(r->status), r->status);
}

/* Is this the file of the first answer? */
static bool
same_file(const struct request *r)
{
	const struct http *h = r->h;

	return r->total == h->size && (!h->tag[0] || !r->tag[0] || !strcmp(h->tag, r->tag)) &&
	       (!h->modified[0] || !r->modified[0] || !strcmp(h->modified, r->modified));
}

/* May another try help? */
static bool
passes(const struct request *r, CURLcode code)
{
	if (r->status >= 400)
		return r->status == 429 || r->status >= 500;
	if (code == CURLE_COULDNT_CONNECT)	/* to a server that answered before */
		return r->h->size;
	return code == CURLE_OPERATION_TIMEDOUT || code == CURLE_PARTIAL_FILE ||
	       code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_HTTP2 ||
	       code == CURLE_HTTP2_STREAM || (code == CURLE_OK && r->status == 206);
}

static void
pause_before(unsigned int n)
{
	struct timespec t = { n / 4, (long)(n % 4) * 250000000 };

	nanosleep(&t, NULL);
}

/* Is all there that the answer has: what was asked for, or up to the end of the file? */
static bool
complete(const struct request *r, size_t begun)
{
	return r->status == 206 && r->ranged && !r->refused &&
	       (r->got == r->want || r->begin + (r->got - begun) == r->total);
}

static int
run(struct request *r, struct img_err *err)
{
	bool forget = false;
	CURLcode code = CURLE_OK;

	for (unsigned int try = 0; try < TRIES; try++) {
		size_t begun = r->got;

		if (try && !forget)
			pause_before(1U << (try - 1));
		code = transfer(r, forget);
		if (img_env_cancelled(r->h->env))
			return img_fail(err, IMG_E_CANCELLED, "stopped");
		if (r->ranged && r->h->size && !same_file(r))
			return img_fail(err, IMG_E_IO, "the file changed on the server while it was being read");
		if (complete(r, begun))
			return 0;
		forget = !forget && (r->status == 403 || r->status == 404 || r->status == 410);	/* signed places expire */
		if (!passes(r, code) && !(forget && r->h->place))
			break;
		r->begin += r->got - begun;
	}
	if (r->refused || r->status >= 400)
		return refusal(r, err);
	return img_fail(err, IMG_E_IO, "cannot reach the server: %s", r->why[0] ? r->why : lib.easy_strerror(code));
}

/* ---- the file ---- */

/* A password among the arguments is seen by everybody on the machine. */
static bool
has_password(const char *url)
{
	const char *host = strstr(url, "://") + 3, *end = host + strcspn(host, "/?#"), *at = memchr(host, '@', (size_t)(end - host));

	return at && memchr(host, ':', (size_t)(at - host));
}

int
http_open(struct img_env *env, const char *url, void *first, size_t n, size_t *ret_got, uint64_t *ret_size, struct http **ret,
	  struct img_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http *h;
	struct request r = { .buf = first, .want = n };
	int rc;

	pthread_once(&once, load);
	if (!lib.there)
		return img_fail(err, IMG_E_UNSUPPORTED, "libcurl, needed for addresses, is not installed");
	if (has_password(url))
		return img_fail(err, IMG_E_USAGE, "an address with a password would show it to everybody here; a .netrc file can hold it");
	h = calloc(1, sizeof *h);
	if (!h)
		return img_fail_nomem(err);
	pthread_mutex_init(&h->lock, NULL);
	h->env = env;
	h->url = strdup(url);
	r.h = h;
	rc = h->url ? run(&r, err) : img_fail_nomem(err);
	if (rc) {
		http_close(h);
		return rc;
	}
	h->size = r.total;
	memcpy(h->tag, r.tag, sizeof h->tag);
	memcpy(h->modified, r.modified, sizeof h->modified);
	*ret_got = r.got;
	*ret_size = r.total;
	*ret = h;
	return 0;
}

int
http_read(struct http *h, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct request r = { .h = h, .buf = buf, .want = len, .begin = off };
	int rc = len ? run(&r, err) : 0;

	if (!rc && r.got < len)
		rc = img_fail(err, IMG_E_IO, "the file ends at %" PRIu64 ", before byte %" PRIu64, h->size, off + len);
	return rc;
}

void
http_close(struct http *h)
{
	if (!h)
		return;
	while (h->idle) {
		struct idle *idle = h->idle;

		h->idle = idle->next;
		lib.easy_cleanup(idle->curl);
		free(idle);
	}
	pthread_mutex_destroy(&h->lock);
	free(h->place);
	free(h->url);
	free(h);
}

#else

int
http_open(struct img_env *env, const char *url, void *first, size_t n, size_t *ret_got, uint64_t *ret_size, struct http **ret,
	  struct img_err *err)
{
	return img_fail(err, IMG_E_UNSUPPORTED, "this build has no libcurl support, needed for addresses");
}

int
http_read(struct http *h, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	return img_fail(err, IMG_E_UNSUPPORTED, "this build has no libcurl support");
}

void
http_close(struct http *h)
{
}

#endif
