#ifndef NEEDLETAIL_CEXPAT_SHIM_H
#define NEEDLETAIL_CEXPAT_SHIM_H

#include <expat.h>

#endif
