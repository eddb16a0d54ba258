/* Frames of whole messages, RFC 6455 section 5.2: from and to bytes, and nothing else.

   What is not a whole, plain message of at most 65,535 bytes is not read here. */

#ifndef ZONDA_FRAMES_H
#define ZONDA_FRAMES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define WHOLE_TEXT 0x81
#define WHOLE_BINARY 0x82
#define MASKED 0x80
#define MAX_SHORT 125
#define MAX_16_BIT 0xFFFF

/* Combine *size* bytes with a key; true if none of the results is above 127. */
static inline int
combine(char *to, const char *from, Py_ssize_t size, const char *key)
{
    uint32_t four;
    uint64_t eight, seen = 0;
    Py_ssize_t i = 0;
    memcpy(&four, key, 4);
    eight = (uint64_t)four << 32 | four;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, from + i, 8);
        word ^= eight;
        seen |= word;
        memcpy(to + i, &word, 8);
    }
    for (; i < size; i++) {
        unsigned char byte = (unsigned char)(from[i] ^ key[i & 3]);
        seen |= byte;
        to[i] = (char)byte;
    }
    return (seen & 0x8080808080808080u) == 0;
}

/* A frame that is here completely. */
typedef struct {
    unsigned char first;
    const char *key;        /* NULL if it is not masked */
    const char *payload;
    Py_ssize_t size, end;   /* end: where the next one begins */
} whole_frame;

/* Find a whole, plain message at *start*; false if there is something else, or not all of it. */
static inline int
find_frame(whole_frame *found, const char *bytes, Py_ssize_t start, Py_ssize_t end, int masked,
           Py_ssize_t max_size)
{
    const unsigned char *data = (const unsigned char *)bytes + start;
    Py_ssize_t there = end - start, header = masked ? 6 : 2;
    if (there < header || (data[0] != WHOLE_TEXT && data[0] != WHOLE_BINARY))
        return 0;
    Py_ssize_t size = data[1] ^ (masked ? MASKED : 0);
    if (size > MAX_SHORT) {
        /* 127 stands for a longer one; above that the mask bit is wrong. */
        if (size != 126 || there < header + 2)
            return 0;
        size = (Py_ssize_t)data[2] << 8 | data[3];
        if (size <= MAX_SHORT)
            return 0;
        header += 2;
    }
    if (size > there - header || size > max_size)
        return 0;
    found->first = data[0];
    found->payload = bytes + start + header;
    found->key = masked ? found->payload - 4 : NULL;
    found->size = size;
    found->end = start + header + size;
    return 1;
}

/* The message of a frame, a str or bytes; NULL with an exception, also if it is not UTF-8. */
static inline PyObject *
message_of(const whole_frame *frame)
{
    PyObject *message;
    if (frame->first == WHOLE_BINARY) {
        if (frame->key == NULL)
            return PyBytes_FromStringAndSize(frame->payload, frame->size);
        message = PyBytes_FromStringAndSize(NULL, frame->size);
        if (message != NULL && frame->size > 0)
            combine(PyBytes_AS_STRING(message), frame->payload, frame->size, frame->key);
        return message;
    }
    if (frame->key == NULL || frame->size == 0)
        return PyUnicode_DecodeUTF8(frame->payload, frame->size, NULL);
    /* Nearly every text is ASCII: then it is in its place already. */
    message = PyUnicode_New(frame->size, 127);
    if (message == NULL)
        return NULL;
    char *text = (char *)PyUnicode_1BYTE_DATA(message);
    if (combine(text, frame->payload, frame->size, frame->key))
        return message;
    PyObject *decoded = PyUnicode_DecodeUTF8(text, frame->size, NULL);
    Py_DECREF(message);
    return decoded;
}

/* Bytes of the header for a payload of that size. */
static inline Py_ssize_t
header_size(Py_ssize_t size, int masked)
{
    return (size <= MAX_SHORT ? 2 : size <= MAX_16_BIT ? 4 : 10) + (masked ? 4 : 0);
}

/* Write a frame where there is room for it; *key* is NULL for a server. */
static inline void
write_frame(char *to, unsigned char first, const char *payload, Py_ssize_t size, const char *key)
{
    unsigned char *head = (unsigned char *)to, bit = key == NULL ? 0 : MASKED;
    *head++ = first;
    if (size <= MAX_SHORT)
        *head++ = (unsigned char)(bit | size);
    else {
        int width = size <= MAX_16_BIT ? 2 : 8;
        *head++ = (unsigned char)(bit | (width == 2 ? 126 : 127));
        for (int i = width - 1; i >= 0; i--)
            *head++ = (unsigned char)((uint64_t)size >> 8 * i);
    }
    if (key == NULL) {
        memcpy(head, payload, (size_t)size);
        return;
    }
    memcpy(head, key, 4);
    combine((char *)head + 4, payload, size, key);
}

#endif
