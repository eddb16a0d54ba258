/* The names of header fields in their usual spelling, those that were asked for lately at once. */

#include "field_names.h"
#include <string.h>

#define MOST_REMEMBERED 128   /* servers have a dozen */
#define LONGEST_REMEMBERED 40

struct remembered {
    Py_ssize_t size;
    char spelling[LONGEST_REMEMBERED];
    PyObject *name;
};

static struct remembered memory[MOST_REMEMBERED];

static struct remembered *
place_of(const char *text, Py_ssize_t size)
{
    size_t place = (size_t)size * 7 + (unsigned char)text[0] * 31u +
                   (unsigned char)text[size / 2] * 13u + (unsigned char)text[size - 1];
    return &memory[place % MOST_REMEMBERED];
}

/* Each word between hyphens begins with a capital, and goes on in small letters. */
static PyObject *
spell(const char *text, Py_ssize_t size)
{
    PyObject *name = PyUnicode_New(size, 127);
    if (name == NULL)
        return NULL;
    char *to = (char *)PyUnicode_1BYTE_DATA(name);
    int begins = 1;
    for (Py_ssize_t i = 0; i < size; i++) {
        char letter = text[i];
        if (begins && letter >= 'a' && letter <= 'z')
            letter = (char)(letter - 'a' + 'A');
        else if (!begins && letter >= 'A' && letter <= 'Z')
            letter = (char)(letter - 'A' + 'a');
        to[i] = letter;
        begins = letter == '-';
    }
    return name;
}

PyObject *
canonical_field_name(const char *text, Py_ssize_t size)
{
    if (size > LONGEST_REMEMBERED)
        return spell(text, size);
    struct remembered *found = place_of(text, size);
    if (found->size == size && memcmp(found->spelling, text, (size_t)size) == 0) {
        Py_INCREF(found->name);
        return found->name;
    }
    PyObject *name = spell(text, size);
    if (name != NULL) {
        Py_INCREF(name);
        Py_XSETREF(found->name, name);
        found->size = size;
        memcpy(found->spelling, text, (size_t)size);
    }
    return name;
}
