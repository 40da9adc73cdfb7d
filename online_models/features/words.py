"""The groups of features in words, for the people who read why a score is high."""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """A group in Chinese and English."""

    zh: str
    en: str

    def said(self, log_odds: float) -> Mapping[str, str]:
        """Say in which direction the group moves the score."""
        if log_odds >= 0:
            return {"zh": f"{self.zh}提高了成交可能", "en": f"{self.en}: raises the chance"}
        return {"zh": f"{self.zh}降低了成交可能", "en": f"{self.en}: lowers the chance"}


GROUPS: dict[str, Words] = {
    "recency": Words("距上次下单的时间", "Time since the last order"),
    "frequency": Words("下单频率", "How often orders come"),
    "rhythm": Words("购买节奏的变化", "The rhythm of orders"),
    "money": Words("订单金额", "The size of orders"),
    "cancellations": Words("取消订单", "Cancelled orders"),
    "page views": Words("页面浏览", "Page views"),
    "price page views": Words("查看价格页", "Visits to price pages"),
    "product page views": Words("查看产品页", "Visits to product pages"),
    "case page views": Words("查看案例页", "Visits to case studies"),
    "help page views": Words("查看帮助页", "Visits to help pages"),
    "sessions": Words("访问次数", "Sessions"),
    "source": Words("线索来源", "Where the lead came from"),
    "campaign clicks": Words("活动链接点击", "Campaign clicks"),
    "forms": Words("提交表单", "Submitted forms"),
    "contact notes": Words("沟通记录与情绪", "Contacts and their mood"),
    "actions of the salesperson": Words("销售跟进", "What the salesperson did"),
    "product use": Words("产品使用", "Use of the product"),
    "logins": Words("登录", "Logins"),
    "tickets": Words("服务工单", "Support tickets"),
    "interest in modules": Words("对模块的兴趣", "Interest in modules"),
    "time of day": Words("时段", "The time of day"),
    "day of week": Words("星期", "The day of the week"),
}
