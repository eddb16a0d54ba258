/* Who answers a path. */

#ifndef ZONDA_ROUTES_H
#define ZONDA_ROUTES_H

#include "slots.h"

/* The Route of a request's target in a RouteTable: a new reference, or NULL where
   `RouteTable.find` has to be asked; then an exception may be set. */
SHARED PyObject *find_in_table(PyObject *table, PyObject *target);

/* Take what is needed from a dict: 0, or -1 with an exception. */
SHARED int prepare_routes(PyObject *given);

#endif
