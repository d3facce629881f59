// The variant for arm64, whose every processor has NEON: 32 registers of 4 floats, products of 6 pixels by 16 channels.

#if defined(__aarch64__)

#include "body/variant.h"

#define LANES 4
#define PANEL_VECTORS 4
#define PANEL_PIXELS 6
#define VARIANT needletail_variant_neon
#define VARIANT_NAME "neon"

#include "body/vector.h"
#include "body/all.h"

#endif
