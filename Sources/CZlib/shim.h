#ifndef NEEDLETAIL_CZLIB_SHIM_H
#define NEEDLETAIL_CZLIB_SHIM_H

#include <zlib.h>

#endif
