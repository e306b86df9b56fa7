dnl SPDX-License-Identifier: BSD-2-Clause

dnl IMG_PROG_CC_GNU11: C11 with GNU extensions, whatever the compiler's default is
AC_DEFUN([IMG_PROG_CC_GNU11],
[AX_IMG_TRY_CFLAG([-std=gnu11], [CC="$CC -std=gnu11"], [AC_MSG_ERROR([a C11 compiler is needed])])])

dnl AX_IMG_TRY_CFLAG(FLAG, IF-YES, IF-NO)
AC_DEFUN([AX_IMG_TRY_CFLAG],
[AS_VAR_PUSHDEF([img_cv], [img_cv_cflag_$1])
AC_CACHE_CHECK([whether $CC takes $1], [img_cv],
  [img_save_CFLAGS=$CFLAGS
   CFLAGS="$CFLAGS -Werror $1"
   AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([img_cv], [yes])], [AS_VAR_SET([img_cv], [no])])
   CFLAGS=$img_save_CFLAGS])
AS_VAR_IF([img_cv], [yes], [$2], [$3])
AS_VAR_POPDEF([img_cv])])

dnl IMG_WARNINGS(FLAGS): those the compiler knows go to WARN_CFLAGS
AC_DEFUN([IMG_WARNINGS],
[m4_foreach_w([img_flag], [$1], [AX_IMG_TRY_CFLAG(img_flag, [WARN_CFLAGS="$WARN_CFLAGS img_flag"])])])

dnl IMG_CHECK_LIB(VAR, HEADER, FUNCTION, LIB): a library without a .pc file
AC_DEFUN([IMG_CHECK_LIB],
[AC_CHECK_HEADER([$2], [], [AC_MSG_ERROR([$2 is needed])])
AC_CHECK_LIB([$4], [$3], [$1_LIBS=-l$4], [AC_MSG_ERROR([lib$4 is needed])])
AC_SUBST([$1_CFLAGS])
AC_SUBST([$1_LIBS])])

dnl IMG_WITH(NAME, VAR, MODULE, WHAT FOR): --with-NAME is yes, no or check
AC_DEFUN([IMG_WITH],
[AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1], [$4 (default: if found)])], [], [with_$1=check])
AS_IF([test "x$with_$1" != xno],
  [PKG_CHECK_MODULES([$2], [$3],
    [with_$1=yes; AC_DEFINE([HAVE_$2], [1], [Define to 1 if $1 is there])],
    [AS_IF([test "x$with_$1" = xyes], [AC_MSG_ERROR([--with-$1 was given, but $3 was not found])])
     with_$1=no])])
AM_CONDITIONAL([HAVE_$2], [test "x$with_$1" = xyes])])
