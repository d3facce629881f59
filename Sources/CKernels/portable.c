// The variant for every other processor, in the compiler's own vectors of 4 floats: SSE2 on x86-64.

#include "body/variant.h"

#define LANES 4
#define PANEL_VECTORS 2
#define PANEL_PIXELS 6
#define VARIANT needletail_variant_portable
#define VARIANT_NAME "portable"

#include "body/vector.h"
#include "body/all.h"
