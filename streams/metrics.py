"""Every metric of every process, in one place: its name, type, unit, labels and meaning.

Dashboards and alert rules (`deploy/`) are checked against `DECLARED`. Labels never carry personal data, and none
of them grows with the number of leads or people.
"""

from typing import NamedTuple

from prometheus_client import Counter, Gauge, Histogram

PREFIX = "whetstone_"
FAST = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1, 5, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


class Declared(NamedTuple):
    """What a metric is: its full name, type, unit, labels and meaning."""

    name: str
    type: str
    unit: str
    labels: tuple[str, ...]
    meaning: str


DECLARED: dict[str, Declared] = {}


def _declare(name: str, kind: str, unit: str, labels: tuple[str, ...], meaning: str) -> str:
    full = PREFIX + name
    if full in DECLARED:
        raise ValueError(f"the metric {full} is declared twice")
    DECLARED[full] = Declared(full, kind, unit, labels, meaning)
    return full


def _counter(name: str, unit: str, meaning: str, *labels: str) -> Counter:
    return Counter(_declare(name, "counter", unit, labels, meaning), meaning, labels)


def _gauge(name: str, unit: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(_declare(name, "gauge", unit, labels, meaning), meaning, labels)


def _histogram(name: str, unit: str, meaning: str, *labels: str, buckets: tuple[float, ...] = FAST) -> Histogram:
    return Histogram(_declare(name, "histogram", unit, labels, meaning), meaning, labels, buckets=buckets)


# --- gateway -----------------------------------------------------------------------------------------------------
GATEWAY_TOUCHPOINTS = _counter(
    "gateway_touchpoints_total", "touchpoints", "What the gateway made of touchpoints, by source", "source", "outcome"
)
GATEWAY_REJECTED = _counter(
    "gateway_rejected_total", "touchpoints", "Touchpoints that the gateway rejected, by reason", "reason"
)
GATEWAY_RESPONSES = _counter("gateway_responses_total", "responses", "HTTP answers", "route", "status")
GATEWAY_SECONDS = _histogram(
    "gateway_request_seconds", "seconds", "From the first byte of a request to its answer", "route"
)
GATEWAY_PRODUCE_SECONDS = _histogram(
    "gateway_produce_seconds", "seconds", "How long Kafka took to hold the touchpoints of one request"
)
GATEWAY_INFLIGHT_BYTES = _gauge("gateway_inflight_bytes", "bytes", "Bodies of requests that are being handled")
GATEWAY_ERRORS = _counter("gateway_errors_total", "errors", "Exceptions that reached the last-resort handler")
GATEWAY_KEYS_AGE = _gauge(
    "gateway_keys_age_seconds", "seconds", "Age of this gateway's copy of the API keys; without one its own age"
)
CLICKS = _counter("gateway_clicks_total", "clicks", "Clicks on campaign links, by what became of them", "outcome")
CLICKS_WAITING = _gauge("gateway_clicks_waiting", "clicks", "Clicks that wait until Kafka takes them")
LIVE_CONNECTIONS = _gauge("live_connections", "connections", "Open connections of the live page")
LIVE_EVENTS = _counter("live_events_total", "events", "Events sent to live pages", "kind")
LIVE_SECONDS = _histogram(
    "live_delivery_seconds", "seconds", "From an alert's entry in an inbox until it is written to live pages"
)

# --- worker ------------------------------------------------------------------------------------------------------
WORKER_RECORDS = _counter("worker_records_total", "records", "Records that a stage has finished", "stage")
WORKER_SLICES = _counter("worker_slices_total", "slices", "Slices that a stage has finished", "stage")
WORKER_LAG_RECORDS = _gauge(
    "worker_lag_records", "records", "Records between the committed offset and the end of a partition",
    "stage", "partition",
)  # fmt: skip
WORKER_LAG_SECONDS = _gauge(
    "worker_lag_seconds", "seconds", "Age of the oldest record that is not finished; 0 when there is none",
    "stage", "partition",
)  # fmt: skip
WORKER_WATERMARK_AGE = _gauge(
    "worker_watermark_age_seconds", "seconds",
    "Wall clock less the watermark of a partition; none before its first, nor where events alone are the clock",
    "partition",
)  # fmt: skip
WORKER_BATCH_RECORDS = _histogram("worker_batch_records", "records", "Records in one slice", "stage", buckets=SIZES)
WORKER_STEP_SECONDS = _histogram(
    "worker_step_seconds", "seconds",
    "Time of one slice in one step (schemas, decode, lookup, step, produce, postgres, redis, …)",
    "stage", "step",
)  # fmt: skip
ALERT_SECONDS = _histogram(
    "alert_seconds", "seconds", "From the gateway's acceptance of a touchpoint until its alert is in the inbox", "kind"
)
REJECTED = _counter(
    "rejected_total", "records", "Records written to `rejected` by a worker, by stage and reason", "stage", "reason"
)
DUPLICATES = _counter("duplicates_total", "touchpoints", "Touchpoints recognised as duplicates by their event id")
RACES_LOST = _counter(
    "races_lost_total", "claims", "Claims of a slice made again: another slice had claimed the same in between"
)
EVIDENCE_RECORDS = _counter("evidence_records_total", "records", "Records that say who is who, added to the library")
PEOPLE_CHANGES = _counter("people_changes_total", "leads", "Leads that became part of another person, or of none")
QUESTIONS = _counter("identity_questions_total", "questions", "Questions about identity opened for people")
FACTS = _counter("facts_total", "facts", "Facts produced, by type", "type")
SIGNALS = _counter("signals_total", "signals", "Signals stored, by kind and severity", "kind", "severity")
FUNNEL_ENTRIES = _counter("funnel_entries_total", "leads", "Leads that entered a stage of the funnel", "stage")
TIMERS_ENDED = _counter("timers_ended_total", "timers", "Timers that fired or were cancelled, by name", "name")
FENCE_CONFLICTS = _counter(
    "fence_conflicts_total", "conflicts", "Commits refused because another writer had moved the fence", "store"
)
SINK_RETRIES = _counter("sink_retries_total", "attempts", "Calls to a store that had to be made again", "store")
SINK_UP = _gauge("sink_up", "boolean", "Whether nothing waits for a store that failed (1), or something (0)", "store")
SLICES_DROPPED = _counter(
    "slices_dropped_total", "slices", "Slices that were not handled: their partition was given up or read anew", "topic"
)
HANDED_OVER = _counter(
    "own_records_total", "records", "Records that this process wrote and handled without fetching them", "topic"
)
HANDLERS_CANCELLED = _counter(
    "handlers_cancelled_total", "handlers", "Partitions whose handling was cut short: their time to finish was over"
)
TICKS = _counter("ticks_total", "ticks", "Ticks told to every partition of facts")
EVENTS_FORGOTTEN = _counter(
    "events_forgotten_total", "event ids", "Event ids by which a repeat is not recognised any more"
)
REBALANCES = _counter("rebalances_total", "rebalances", "Times that partitions were given out anew")
GROUP_JOIN_SECONDS = _gauge(
    "group_join_seconds", "seconds", "From the start of this worker's consumer until it was given partitions"
)
PARTITIONS_HELD = _gauge("partitions_held", "partitions", "Partitions that this worker reads", "stage")
CACHE_ENTITIES = _gauge("cache_entities", "entities", "Entities in this worker's cache")
CACHE_LOOKUPS = _counter("cache_lookups_total", "lookups", "Look-ups in this worker's cache, by outcome", "outcome")
RULE_BOOK_PARTITIONS = _gauge(
    "rule_book_partitions", "partitions", "Partitions of this worker in which a rule book holds", "version"
)

# --- notifier ----------------------------------------------------------------------------------------------------
NOTIFIER_ACTIVE = _gauge("notifier_active", "boolean", "Whether this notifier is the one that sends (1), or stands by")
NOTIFICATIONS = _counter(
    "notifications_total", "messages",
    "Messages by what became of them: sent, failed (comes again), retried, refused, dead (given up)",
    "channel", "outcome",
)  # fmt: skip
NOTIFICATIONS_OPEN = _gauge(
    "notifications_open",
    "signals",
    "Signals that wait to be told (waiting) or were given up (dead)",
    "channel",
    "status",
)
NOTIFICATION_LAG_SECONDS = _gauge(
    "notification_lag_seconds", "seconds", "For how long the first message that waits has been due", "channel"
)
NOTIFICATION_SECONDS = _histogram(
    "notification_seconds", "seconds", "From when a signal is to be told until the channel took it",
    "channel", buckets=(0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0),
)  # fmt: skip
NOTIFICATION_CIRCUIT = _gauge(
    "notification_circuit",
    "boolean",
    "Whether a channel failed three times in a row and rests between attempts",
    "channel",
)
NOTIFICATIONS_HELD = _gauge("notifications_held", "notices", "Notices that wait for a transaction before them to end")
NOTIFICATIONS_UNROUTED = _counter(
    "notifications_unrouted_total", "messages", "Messages of the rule book's whose channel is unknown or has no address"
)

# --- learner -----------------------------------------------------------------------------------------------------
EXAMPLES = _counter(
    "examples_total", "examples", "Records that reached the learner: learned, repeated, unusable, rules", "outcome"
)
MODELS_PUBLISHED = _counter("models_published_total", "models", "Models put in force in every partition of facts")
MODEL_QUALITY = _gauge(
    "model_quality", "score",
    "auc, average_precision, log_loss, brier or ece of the scores whose labels came last, by age, version or segment",
    "measure", "by", "value",
)  # fmt: skip
MODEL_EVIDENCE = _gauge("model_evidence", "labels", "How many labels `model_quality` looks at", "by", "value")

# A series that begins with its first event shows no increase: what alerts look at begins at 0.
for _store in ("kafka", "postgres", "redis"):
    SINK_RETRIES.labels(_store)
for _store in ("postgres", "redis"):
    FENCE_CONFLICTS.labels(_store)
for _outcome in ("learned", "repeated", "unusable", "rules"):
    EXAMPLES.labels(_outcome)
for _stage in ("cleanse", "detect", "learn"):
    REJECTED.labels(_stage, "internal")
