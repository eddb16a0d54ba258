/* Where the objects of the Python classes have their slots, and what some of these hold. */

#include "classes.h"

struct classes py;

int
prepare_classes(PyObject *given)
{
    const struct wanted wanted[] = {
        {"HTTP1Connection", &py.connection}, {"HTTPHeaders", &py.headers},
        {"HeaderBlock", &py.header_block}, {"Sweep", &py.timer}, {"HEAD", &py.head},
        {"CALLED", &py.called}, {"NOTHING", &py.nothing}, {"STAYS", &py.stays},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0)
        return -1;
    const struct slot slots[] = {
        {py.connection, "_phase", &py.phase}, {py.connection, "_discarded", &py.discarded},
        {py.connection, "_buffer", &py.buffer}, {py.connection, "_block", &py.block},
        {py.connection, "_start_line", &py.start_line},
        {py.connection, "_answer", &py.answering},
        {py.connection, "_persistence", &py.persistence},
        {py.connection, "_delegate", &py.delegate}, {py.connection, "_server", &py.server},
        {py.connection, "_gathered", &py.gathered}, {py.connection, "state", &py.state},
        {py.connection, "_writing_paused", &py.writing_paused},
        {py.connection, "sweep", &py.sweep}, {py.connection, "transport", &py.transport},
        {py.connection, "deadline", &py.deadline}, {py.header_block, "raw", &py.raw},
        {py.header_block, "plain", &py.plain}, {py.header_block, "framing", &py.framing},
        {py.header_block, "length", &py.length}, {py.header_block, "early", &py.early},
        {py.header_block, "close", &py.closing},
        {py.connection, "max_body_size", &py.max_body_size},
        {py.connection, "_body_timeout", &py.body_timeout}, {py.headers, "_known", &py.known},
        {py.headers, "_source", &py.source}, {py.headers, "_shared", &py.shared},
        {py.timer, "now", &py.now},
    };
    return find_all(slots, COUNT(slots));
}
