// The functions on jsonb.
#pragma once

#include "runtime/sql/functions/jsonb_access.h"
#include "runtime/sql/functions/jsonb_build.h"
#include "runtime/sql/functions/jsonb_cast.h"
#include "runtime/sql/functions/jsonb_contains.h"
#include "runtime/sql/functions/jsonb_edit.h"
#include "runtime/sql/functions/jsonb_path.h"
