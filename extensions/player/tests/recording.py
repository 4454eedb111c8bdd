"""A small recording in the format of AWS Serverlesspresso's event player, made up for these tests.

Like theirs it is a sample: orders begin and end in mid-life, and robots' commands stand between the events.
"""

import json

ROBOTS_HAND = "arn:aws:states:eu-west-1:000000000000:execution:ProducerRobot:made-up"


def envelope(second: int, type: str, order: str | None, **detail) -> dict:
    """One EventBridge envelope, so many seconds into the recording."""
    if order:
        detail["orderId"] = order
    return {
        "version": "0",
        "id": f"{type}/{order}/{second}",
        "detail-type": type,
        "source": "awsserverlessda.serverlesspresso",
        "account": "000000000000",
        "time": f"2024-03-05T09:{second // 60:02}:{second % 60:02}Z",
        "region": "eu-west-1",
        "resources": [ROBOTS_HAND],
        "detail": {"userId": "user-alice@example.org", "Message": "Why AWS does this.", **detail},
    }


LIS = {"eventId": "LIS"}
CORTADO = {"userId": "user-alice@example.org", "drink": "Cortado", "modifiers": ["Oat"], "icon": "cup"}
SAMPLE = [
    # one whole life, its drink as an object
    envelope(0, "Validator.NewOrder", "whole", bucket=LIS),
    envelope(1, "OrderProcessor.WorkflowStarted", "whole", TaskToken="secret-token", **LIS),
    envelope(5, "ProducerRobot.FulfillOrder", "whole", body=CORTADO, action="", **LIS),
    envelope(6, "OrderProcessor.WaitingCompletion", "whole", orderNumber="41", **LIS),
    envelope(7, "OrderManager.WaitingCompletion", "whole", orderNumber="41", drinkOrder=CORTADO, **LIS),
    envelope(20, "OrderManager.MakeOrder", "whole", baristaUserId="bob-1", **LIS),
    envelope(24, "OrderManager.MakeOrder", "whole", baristaUserId="", **LIS),
    envelope(26, "OrderManager.MakeOrder", "whole", baristaUserId="bob-1", **LIS),
    envelope(40, "OrderManager.OrderLIS-COMPLETED", "whole", ORDERSTATE="LIS-COMPLETED", **LIS),
    envelope(41, "OrderProcessor.orderFinished", "whole", **LIS),
    # begins in mid-life; its drink as a text, its number said second-hand only
    envelope(10, "OrderProcessor.WaitingCompletion", "middle", orderNumber=42, **LIS),
    envelope(30, "OrderRobot.FulfillOrder", "middle", baristaUserId="bob-2", action="complete", **LIS),
    envelope(31, "OrderManager.OrderLIS-CANCELLED", "middle", drinkOrder=json.dumps(CORTADO)),
    # its clock ran out, and nobody says which drink it was
    envelope(12, "OrderManager.WaitingCompletion", "late", orderNumber="43", **LIS),
    envelope(50, "OrderProcessor.OrderTimeOut", "late", cause="Barista timedout", **LIS),
    # the store
    envelope(55, "OrderProcessor.ShopUnavailable", None, **LIS),
    envelope(58, "ConfigService.ConfigChanged", None, NewImage={"storeOpen": {"BOOL": False}}),
]
