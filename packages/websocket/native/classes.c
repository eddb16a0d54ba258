/* Where the objects of the Python classes have their slots, and what some of these hold. */

#include "classes.h"

struct classes py;

int
prepare_classes(PyObject *given)
{
    const struct wanted wanted[] = {
        {"Protocol", &py.protocol}, {"Receiver", &py.receiver},
        {"WebSocketConnection", &py.connection}, {"MessageWriter", &py.writer},
        {"PreparedMessage", &py.prepared}, {"Codec", &py.codec_type},
        {"OPEN", &py.side_open}, {"TRANSPORT_OPEN", &py.transport_open}, {"READY", &py.ready},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0)
        return -1;
    const struct slot slots[] = {
        {py.protocol, "_data", &py.data}, {py.protocol, "_position", &py.position},
        {py.protocol, "_reading", &py.reading}, {py.protocol, "_masked", &py.masked},
        {py.protocol, "_max_size", &py.max_size}, {py.protocol, "_codec", &py.codec},
        {py.protocol, "_masking", &py.masking}, {py.protocol, "state", &py.protocol_state},
        {py.connection, "_heard", &py.heard}, {py.connection, "_context", &py.context},
        {py.connection, "_hold", &py.hold},
        {py.connection, "_protocol", &py.protocol_of},
        {py.connection, "_on_message", &py.on_message},
        {py.connection, "_delivering", &py.delivering}, {py.connection, "_gathered", &py.gathered},
        {py.connection, "_policy", &py.policy},
        {py.connection, "_writing_paused", &py.writing_paused},
        {py.connection, "state", &py.state}, {py.connection, "transport", &py.transport},
        {py.prepared, "_plain", &py.plain}, {py.prepared, "payload", &py.payload},
        {py.codec_type, "threshold", &py.threshold},
    };
    return find_all(slots, COUNT(slots));
}
