/* A header line as RFC 9110 section 5 has it, and no more: a token, a colon and a value without
   control characters, up to CR LF.  The same file in each package that reads such lines. */

#ifndef ZONDA_FIELD_LINE_H
#define ZONDA_FIELD_LINE_H

#include <Python.h>
#include <string.h>

static const char TOKEN[] = "!#$%&'*+-.^_`|~0123456789"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static unsigned char is_token[256];

struct text {
    const char *start;
    Py_ssize_t size;
};

/* To be called once, before any line is taken. */
static void
prepare_field_lines(void)
{
    for (const char *each = TOKEN; *each != '\0'; each++)
        is_token[(unsigned char)*each] = 1;
}

/* Take the line that begins at *text*, with its line end: what is behind it, or NULL if it is none
   before *end*. */
static const char *
take_line(const char *text, const char *end, struct text *name, struct text *value)
{
    const char *colon = text;
    while (colon < end && is_token[(unsigned char)*colon])
        colon++;
    if (colon == text || colon == end || *colon != ':')
        return NULL;
    const char *start = colon + 1;
    const char *stop = memchr(start, '\r', (size_t)(end - start));
    if (stop == NULL || end - stop < 2 || stop[1] != '\n')
        return NULL;
    unsigned char is_bad = 0;
    for (const char *each = start; each < stop; each++) {
        unsigned char byte = (unsigned char)*each;
        is_bad |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
    }
    if (is_bad)
        return NULL;
    const char *after = stop + 2;
    while (start < stop && (*start == ' ' || *start == '\t'))
        start++;
    while (stop > start && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    *name = (struct text){text, colon - text};
    *value = (struct text){start, stop - start};
    return after;
}

/* Whether a text is this one, which is in small letters, but for their case. */
static int
is_same(struct text text, const char *lower)
{
    Py_ssize_t size = (Py_ssize_t)strlen(lower);
    return text.size == size && PyOS_strnicmp(text.start, lower, size) == 0;
}

#endif
