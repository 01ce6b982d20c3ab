// The functions on text, dates, times and JSON.
#pragma once
