/* What the files of this directory know of the Python classes: their slots, and values of some. */

#ifndef ZONDA_CLASSES_H
#define ZONDA_CLASSES_H

#include "slots.h"

/* Set once, by `prepare_classes`. */
struct classes {
    PyTypeObject *protocol, *receiver, *connection, *writer, *prepared, *codec_type;
    PyObject *side_open, *transport_open, *ready;
    Py_ssize_t data, position, reading, masked, max_size;            /* of a Receiver */
    Py_ssize_t codec, masking, protocol_state;                       /* of a Protocol */
    Py_ssize_t heard, hold, context, protocol_of, on_message;        /* of a connection */
    Py_ssize_t delivering, gathered, policy, writing_paused, state, transport;
    Py_ssize_t plain, payload;                                       /* of a PreparedMessage */
    Py_ssize_t threshold;                                            /* of a Codec */
};

SHARED struct classes py;

/* Take what is needed from a dict: 0, or -1 with an exception. */
SHARED int prepare_classes(PyObject *given);

#endif
