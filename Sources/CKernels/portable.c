// The variant for every other processor, in the compiler's own vectors of 4 floats: SSE2 on x86-64, NEON on arm64.

#include "body/variant.h"

#define LANES 4
#if defined(__aarch64__)
#define PANEL_VECTORS 4
#else
#define PANEL_VECTORS 2
#endif
#define PANEL_PIXELS 6
#define VARIANT needletail_variant_portable
#define VARIANT_NAME "portable"

#include "body/vector.h"
#include "body/all.h"
