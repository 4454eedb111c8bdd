"""The events of the order services (rule book: an order's life)."""

from serverlesspresso.events.log.registry import boolean, define, integer, moment, text, texts

NEW_ORDER = define(
    "Validator.NewOrder",
    "A hold or an invitation became an order, or staff typed one in.",
    source=text("scan, invite, walk_up or remake."),
    customer=integer("The customer's number in this system, null for a walk-up. Never a name.", null=True),
)
WORKFLOW_STARTED = define(
    "OrderProcessor.WorkflowStarted",
    "The store is open and has room: the customer may choose.",
    deadline_at=moment("When the time to choose ends."),
)
SHOP_UNAVAILABLE = define(
    "OrderProcessor.ShopUnavailable",
    "The store closed, paused or filled up between scan and choosing; the order was rejected.",
    reason=text("store_closed, store_paused or queue_full."),
)
WAITING_COMPLETION = define(
    "OrderManager.WaitingCompletion",
    "The order has its number and waits for a barista.",
    series=integer("The series of the number."),
    number=integer("The number on the board."),
    drink=text("The drink, by name."),
    modifiers=texts("The modifiers, by name."),
    submitted_at=moment("When the drink was chosen.", null=True),
)
MAKE_ORDER = define(
    "OrderManager.MakeOrder",
    "A barista claimed the order, or took it over.",
    number=integer("The number on the board."),
    barista=integer("The barista's number in this system.", null=True),
    take_over=boolean("Whether it was taken over from a colleague."),
)
UNMAKE_ORDER = define(
    "OrderManager.UnmakeOrder",
    "The order went back to its place in the queue.",
    number=integer("The number on the board."),
    reason=text("released, or claim_ran_out."),
)
ORDER_COMPLETED = define(
    "OrderManager.OrderCompleted",
    "The drink is ready.",
    number=integer("The number on the board."),
    drink=text("The drink, by name."),
    modifiers=texts("The modifiers, by name."),
    barista=integer("The barista's number in this system.", null=True),
)
ORDER_RECALLED = define(
    "OrderManager.OrderRecalled",
    "A ready drink is being made again.",
    number=integer("The number on the board."),
)
ORDER_CALLED = define(
    "OrderManager.OrderCalled",
    "The number of a ready drink was called once more, because nobody had come.",
    number=integer("The number on the board."),
)
ORDER_COLLECTED = define(
    "OrderManager.OrderCollected",
    "The drink was handed over, or nobody came for it.",
    number=integer("The number on the board."),
    reason=text("collected, or not_collected when the pickup clock ran out."),
)
ORDER_CANCELLED = define(
    "OrderManager.OrderCancelled",
    "Somebody cancelled the order.",
    number=integer("The number on the board, null before it has one.", null=True),
    by=text("owner or staff."),
    reason=text("The reason's code."),
)
ORDER_CHANGED = define(
    "OrderManager.OrderChanged",
    "The owner swapped the drink while waiting; the place was kept.",
    number=integer("The number on the board."),
    drink=text("The new drink, by name."),
    modifiers=texts("The new modifiers, by name."),
)
ORDER_TIMED_OUT = define(
    "OrderProcessor.OrderTimeOut",
    "A clock ran out and ended the order.",
    number=integer("The number on the board, null before it has one.", null=True),
    clock=text("Whose: customer or barista."),
)
ORDER_FINISHED = define(
    "OrderProcessor.OrderFinished",
    "The books of the order are settled. Last, and once.",
    number=integer("The number on the board, null when it never had one.", null=True),
    status=text("How it ended: collected, cancelled, timed_out or rejected."),
    reason=text("The reason's code, null when there is none.", null=True),
)

QUEUE_MOVES = frozenset(
    {
        WAITING_COMPLETION,
        MAKE_ORDER,
        UNMAKE_ORDER,
        ORDER_COMPLETED,
        ORDER_RECALLED,
        ORDER_CANCELLED,
        ORDER_TIMED_OUT,
    }
)
"""Events that may change other orders' places in the queue."""
