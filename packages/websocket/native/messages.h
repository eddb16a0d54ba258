/* What the files of this directory do for each other with messages.

   `replace_...` replace methods, and take what they need from a dict, after `prepare_classes`: 0,
   or -1 with an exception. */

#ifndef ZONDA_MESSAGES_H
#define ZONDA_MESSAGES_H

#include "classes.h"

/* The core of a connection, or NULL if it is one of a subclass: a borrowed reference. */
static inline PyObject *
protocol_of(PyObject *self)
{
    PyObject *protocol = SLOT(self, py.protocol_of);
    return protocol != NULL && Py_IS_TYPE(protocol, py.protocol) ? protocol : NULL;
}

SHARED int replace_receiving(PyObject *given);
SHARED int replace_sending(PyObject *given);

#endif
