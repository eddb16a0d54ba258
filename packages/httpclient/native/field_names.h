/* The names of header fields in their usual spelling. */

#ifndef ZONDA_FIELD_NAMES_H
#define ZONDA_FIELD_NAMES_H

#include "slots.h"

/* `zonda.http.canonical_name` of a name that is known to be a token: a new reference, or NULL with an
   exception. */
SHARED PyObject *canonical_field_name(const char *text, Py_ssize_t size);

#endif
