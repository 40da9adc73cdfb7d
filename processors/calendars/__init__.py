"""Business time as pure functions: working days and hours, public holidays as data, in Asia/Shanghai (UTC+8)."""

from processors.calendars.business import (
    BusinessCalendar,
    add_business_time,
    calendar_of,
    day_of,
    deadline,
    is_working_day,
    iso_day,
    next_time_of_day,
    start_of_day,
)

__all__ = [
    "BusinessCalendar",
    "add_business_time",
    "calendar_of",
    "day_of",
    "deadline",
    "is_working_day",
    "iso_day",
    "next_time_of_day",
    "start_of_day",
]
