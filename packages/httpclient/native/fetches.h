/* What the files of this directory do for each other with fetches.

   `replace_...` replace methods, after `prepare_classes`, and take what they need from a dict: 0, or
   -1 with an exception. */

#ifndef ZONDA_FETCHES_H
#define ZONDA_FETCHES_H

#include "classes.h"

/* What methods do with objects of just their classes: 0, or -1 with an exception. */

SHARED int begin_fetch(PyObject *fetch);                       /* Fetch.begin */
SHARED int acquire(PyObject *pool, PyObject *fetch);           /* Pool.acquire */
SHARED int connected(PyObject *fetch, PyObject *connection);   /* Fetch.connected */
SHARED int send_head(PyObject *connection, PyObject *fetch, PyObject *method, PyObject *head);
SHARED int release(PyObject *pool, PyObject *connection);      /* Pool.released */
SHARED int whole_received(PyObject *fetch, PyObject *start_line, PyObject *block, PyObject *body);

/* The method of a fetch that is told of a cancelled future: a new reference, or NULL with an
   exception. */
SHARED PyObject *cancelled_method(PyObject *fetch);

SHARED int replace_begin(PyObject *given);
SHARED int replace_data_received(void);
SHARED int replace_fetch(PyObject *given);
SHARED int replace_pool(void);
SHARED int replace_send(void);
SHARED int replace_whole_received(void);

#endif
