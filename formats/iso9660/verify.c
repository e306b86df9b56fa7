#include "config.h"
#include "formats/iso9660/iso.h"
int iso_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err) { return 0; }
int iso_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err) { return 0; }
