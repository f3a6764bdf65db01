"""What the operator sees when the desk is up: where to go next."""

from __future__ import annotations

from bot.settings import Settings


def banner(settings: Settings, port: int) -> str:
    """The addresses of everything that can be opened."""
    host = settings.http.host if settings.http.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
    base = f"http://{host}:{port}"
    lines = ["", "  Baoxiu 报修 is ready", ""]
    if settings.channels.web.enabled:
        lines.append(f"  Web chat 网页聊天                     {base}/chat")
    if settings.console.enabled:
        lines.append(f"  Agents' console 坐席工作台             {base}/console")
    if settings.demo:
        lines.append(f"  Simulated Telegram and WeChat 模拟客户 {base}/demo")
    if settings.channels.rest.enabled:
        lines.append(f"  REST channel                         {base}/webhooks/rest/webhook")
    lines += [
        f"  Health 运行状况                       {base}/health  {base}/ready  {base}/metrics",
        "  Terminal 终端聊天                     make chat",
        "",
    ]
    return "\n".join(lines)
