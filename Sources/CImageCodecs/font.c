#include "library.h"
#include "include/CImageCodecs.h"

#include <pthread.h>
#include <stdlib.h>

// What FreeType's interface has been since 2.1, as far as it is used: its headers lie where only its own flags lead, and
// those would link the library.

typedef struct { void *data, *finalizer; } generic;

typedef struct {
    unsigned rows, width;
    int pitch;
    unsigned char *buffer;
    unsigned short grays;
    unsigned char pixel_mode, palette_mode;
    void *palette;
} bitmap;

typedef struct {
    void *library, *face, *next;
    unsigned glyph_index;
    generic own;
    long metrics[8];
    long linear_advance[2];
    long advance[2];
    int format;
    bitmap map;
    int left, top;
} glyph_slot;

typedef struct {
    long face_count, face_index, flags, style_flags, glyph_count;
    char *family, *style;
    int fixed_size_count;
    void *fixed_sizes;
    int map_count;
    void *maps;
    generic own;
    long box[4];
    unsigned short units_per_em;
    short ascender, descender, height, max_advance_width, max_advance_height, underline_position, underline_thickness;
    glyph_slot *glyph;
} face;

enum { IS_SCALABLE = 1, LOAD_RENDER = 4, NO_BITMAP = 8, TARGET_LIGHT = 1 << 16, GRAY = 2 };

static struct {
    bool is_ready;
    void *library;
    int (*init)(void **);
    int (*open)(void *, const char *, long, face **);
    int (*close)(face *);
    int (*set_size)(face *, long, long, unsigned, unsigned);
    unsigned (*index)(face *, unsigned long);
    int (*load)(face *, unsigned, int32_t);
} freetype;

static void load(void) {
    static const char *const names[] = {"libfreetype.so.6", "libfreetype.so", "libfreetype.6.dylib", "libfreetype.dylib", NULL};
    void *library = nic_open_first(names);
    if (!library) return;
    freetype.is_ready = NIC_LOAD(freetype.init, library, "FT_Init_FreeType")
        && NIC_LOAD(freetype.open, library, "FT_New_Face") && NIC_LOAD(freetype.close, library, "FT_Done_Face")
        && NIC_LOAD(freetype.set_size, library, "FT_Set_Char_Size")
        && NIC_LOAD(freetype.index, library, "FT_Get_Char_Index") && NIC_LOAD(freetype.load, library, "FT_Load_Glyph")
        && freetype.init(&freetype.library) == 0;
}

struct nic_font {
    face *face;
};

bool nic_font_is_available(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return freetype.is_ready;
}

nic_font *nic_font_open(const char *path, long index, long *count) {
    *count = 0;
    if (!nic_font_is_available()) return NULL;
    nic_font *font = calloc(1, sizeof *font);
    if (!font) return NULL;
    if (freetype.open(freetype.library, path, index, &font->face) != 0) {
        free(font);
        return NULL;
    }
    *count = font->face->face_count;
    if (font->face->flags & IS_SCALABLE) return font;
    nic_font_close(font);
    return NULL;
}

void nic_font_close(nic_font *font) {
    if (!font) return;
    freetype.close(font->face);
    free(font);
}

bool nic_font_has(nic_font *font, uint32_t character) { return freetype.index(font->face, character) != 0; }

bool nic_font_draw(nic_font *font, uint32_t character, float size, nic_glyph *glyph) {
    // In 64ths of a point at 72 points an inch, that is of a pixel.
    if (freetype.set_size(font->face, 0, (long)(size * 64 + 0.5f), 72, 72) != 0) return false;
    if (freetype.load(font->face, freetype.index(font->face, character), LOAD_RENDER | NO_BITMAP | TARGET_LIGHT) != 0) return false;
    const glyph_slot *slot = font->face->glyph;
    const bitmap *map = &slot->map;
    bool is_empty = map->rows == 0 || map->width == 0;
    if (!is_empty && (map->pixel_mode != GRAY || map->pitch < (int)map->width || !map->buffer)) return false;
    *glyph = (nic_glyph){
        .pixels = map->buffer, .width = is_empty ? 0 : map->width, .height = is_empty ? 0 : map->rows, .pitch = map->pitch,
        .left = slot->left, .top = slot->top, .advance = (float)slot->advance[0] / 64,
    };
    return true;
}
