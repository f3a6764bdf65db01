"""The service sheet 服务单 of an order, as PDF and as a picture for a chat."""
