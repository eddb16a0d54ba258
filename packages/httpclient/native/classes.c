/* Where the objects of the Python classes have their slots, and what some of these hold. */

#include "classes.h"

struct classes py;

static int
find_slots_of_fetches(void)
{
    const struct slot slots[] = {
        {py.fetch, "_timer", &py.timer}, {py.fetch, "began", &py.began},
        {py.fetch, "deadline", &py.deadline}, {py.fetch, "ends", &py.ends},
        {py.fetch, "heard", &py.heard}, {py.fetch, "loop", &py.loop},
        {py.fetch, "phase", &py.phase}, {py.fetch, "start", &py.start},
        {py.fetch, "times", &py.times}, {py.fetch, "_answer", &py.answer},
        {py.fetch, "_channel", &py.channel}, {py.fetch, "_client", &py.client_of},
        {py.fetch, "_context", &py.context}, {py.fetch, "_current", &py.current},
        {py.fetch, "_detours", &py.detours}, {py.fetch, "_head", &py.head_bytes},
        {py.fetch, "_next", &py.next}, {py.fetch, "_original", &py.original},
        {py.fetch, "_raise_error", &py.raise_error}, {py.fetch, "_reader", &py.reader},
        {py.fetch, "_sender", &py.sender}, {py.fetch, "_streams", &py.streams},
        {py.fetch, "_target", &py.target}, {py.fetch, "_task", &py.task},
        {py.fetch, "future", &py.future}, {py.fetch, "options", &py.options_of},
        {py.fetch, "route", &py.route}, {py.fetch, "takes_whole", &py.takes_whole},
        {py.options, "has_producer", &py.has_producer}, {py.options, "is_plain", &py.is_plain},
        {py.options, "is_watched", &py.is_watched}, {py.options, "silence", &py.silence},
        {py.options, "takes_whole", &py.most_whole}, {py.options, "total", &py.total},
        {py.client, "_closed", &py.closed}, {py.client, "fetches", &py.fetches},
        {py.client, "loop", &py.client_loop}, {py.client, "pool", &py.client_pool},
        {py.client, "preparation", &py.client_preparation},
        {py.preparation, "_adds_nothing", &py.adds_nothing},
        {py.preparation, "default_options", &py.default_options},
    };
    return find_all(slots, COUNT(slots));
}

static int
find_slots_of_requests(void)
{
    const struct slot slots[] = {
        {py.request, "url", &py.url}, {py.request, "method", &py.r_method},
        {py.request, "_headers", &py.own_headers}, {py.request, "_body", &py.body},
        {py.request, "start_time", &py.start_time}, {py.response, "_body", &py.a_body},
        {py.response, "_buffer", &py.a_buffer}, {py.response, "code", &py.code},
        {py.response, "effective_url", &py.effective_url}, {py.response, "error", &py.error},
        {py.response, "headers", &py.a_headers}, {py.response, "reason", &py.reason},
        {py.response, "request", &py.a_request},
        {py.response, "request_time", &py.request_time},
        {py.response, "start_time", &py.a_start_time},
        {py.response, "time_info", &py.time_info},
    };
    return find_all(slots, COUNT(slots));
}

static int
find_slots_of_connections(void)
{
    const struct slot slots[] = {
        {py.pool, "_branches", &py.branches}, {py.pool, "_homes", &py.homes},
        {py.pool, "_kept", &py.kept}, {py.pool, "_waiting", &py.waiting},
        {py.pool, "_idle_timeout", &py.idle_timeout}, {py.branch, "idle", &py.idle},
        {py.branch, "active", &py.active}, {py.connection, "_buffer", &py.buffer},
        {py.connection, "_exchange", &py.exchange}, {py.connection, "_head", &py.last_head},
        {py.connection, "_interims", &py.interims},
        {py.connection, "_max_header_size", &py.max_header_size},
        {py.connection, "_method", &py.method}, {py.connection, "_owner", &py.owner},
        {py.connection, "_phase", &py.c_phase}, {py.connection, "_fileno", &py.fileno},
        {py.connection, "_sending", &py.sending}, {py.connection, "answered", &py.answered},
        {py.connection, "used", &py.used}, {py.connection, "state", &py.state},
        {py.connection, "transport", &py.transport}, {py.connection, "deadline", &py.c_deadline},
        {py.connection, "sweep", &py.sweep_of}, {py.sweep, "members", &py.members},
        {py.sweep, "_timer", &py.sweep_timer}, {py.sweep, "now", &py.now},
        {py.sweep, "interval", &py.interval},
    };
    return find_all(slots, COUNT(slots));
}

static int
find_slots_of_heads(void)
{
    const struct slot slots[] = {
        {py.head, "raw", &py.raw}, {py.head, "start_line", &py.start_line},
        {py.head, "block", &py.block_of}, {py.head, "keeps", &py.keeps},
        {py.head, "whole", &py.whole}, {py.block, "raw", &py.b_raw},
        {py.block, "early", &py.b_early}, {py.block, "_fields", &py.b_fields},
        {py.block, "framing", &py.b_framing}, {py.block, "length", &py.b_length},
        {py.block, "host", &py.b_host}, {py.block, "close", &py.b_close},
        {py.block, "keep_alive", &py.b_keep_alive}, {py.block, "plain", &py.b_plain},
        {py.headers, "_known", &py.known}, {py.headers, "_shared", &py.shared},
    };
    return find_all(slots, COUNT(slots));
}

int
prepare_classes(PyObject *given)
{
    const struct wanted wanted[] = {
        {"AsyncHTTPClient", &py.client}, {"HTTPRequest", &py.request},
        {"MergedOptions", &py.options}, {"Fetch", &py.fetch}, {"Preparation", &py.preparation},
        {"Pool", &py.pool}, {"Branch", &py.branch}, {"ClientConnection", &py.connection},
        {"ResponseHead", &py.head}, {"HeaderBlock", &py.block}, {"HTTPHeaders", &py.headers},
        {"HTTPResponse", &py.response}, {"Sweep", &py.sweep}, {"NO_DETOURS", &py.no_detours},
        {"OPEN", &py.open}, {"NEVER", &py.never}, {"NEW", &py.new_phase},
        {"EXCHANGING", &py.exchanging}, {"DONE", &py.done}, {"IDLE", &py.idle_phase},
        {"HEAD", &py.head_phase}, {"ALL_SENT", &py.all_sent},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 ||
        (py.empty_tuple = PyTuple_New(0)) == NULL || find_slots_of_fetches() < 0 ||
        find_slots_of_requests() < 0 || find_slots_of_connections() < 0)
        return -1;
    return find_slots_of_heads();
}
