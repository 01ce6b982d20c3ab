// The functions on text and bytea.
#pragma once

#include "runtime/sql/functions/bytes.h"
#include "runtime/sql/functions/bytes_as_text.h"
#include "runtime/sql/functions/like.h"
#include "runtime/sql/functions/md5.h"
#include "runtime/sql/functions/regexp.h"
#include "runtime/sql/functions/sha2.h"
#include "runtime/sql/functions/similar.h"
#include "runtime/sql/functions/text_build.h"
#include "runtime/sql/functions/text_case.h"
#include "runtime/sql/functions/text_codes.h"
#include "runtime/sql/functions/text_format.h"
#include "runtime/sql/functions/text_parts.h"
