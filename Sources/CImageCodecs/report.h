#pragma once

#include "CImageCodecs.h"

#include <stdio.h>
#include <string.h>

static inline void nic_fail(nic_report *report, nic_status status, const char *message) {
    report->status = status;
    snprintf(report->message, sizeof report->message, "%s", message);
}

static inline void nic_warn(nic_report *report, const char *message) {
    if (report->warnings++ == 0) snprintf(report->warning, sizeof report->warning, "%s", message);
}
