/* JSON for what a handler writes. */

#ifndef ZONDA_JSON_TEXT_H
#define ZONDA_JSON_TEXT_H

#include "slots.h"

/* What `zonda.escape.json_encode` says of a value, as bytes: a new reference.  NULL where that has
   to be asked itself; then an exception is set only if memory ran out. */
SHARED PyObject *json_bytes(PyObject *value);

#endif
