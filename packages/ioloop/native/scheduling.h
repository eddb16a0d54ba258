/* What the files of this directory do for each other.

   `replace_...` replace methods, and take what they need from a dict, after `prepare_calls`: 0, or
   -1 with an exception. */

#ifndef ZONDA_SCHEDULING_H
#define ZONDA_SCHEDULING_H

#include "arguments.h"
#include "calls.h"

/* `Mailbox.post` of what is to be called: 0, or -1 with an exception. */
SHARED int post(PyObject *mailbox, Call *call);

SHARED int replace_callbacks(PyObject *given);
SHARED int replace_mailbox(PyObject *given);
SHARED int replace_timers(PyObject *given);

#endif
