// What URLs say about where a visitor came from, as numbers. Each distinct URL that says anything is taken
// apart once.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/baseline/change_log.h"
#include "bench/baseline/decoder.h"
#include "bench/baseline/text_table.h"

namespace sqlmill::bench::baseline::campaign_attribution {

/// Numbers for pairs of texts, from 1 on.
class PairNumbers {
 public:
  static constexpr uint32_t kNone = 0;

  struct Pair {
    std::string first, second;
    auto operator<=>(const Pair&) const = default;
  };

  /// As changes have them.
  struct Fields {
    TextField first, second;
  };

  uint32_t number(std::string_view first, std::string_view second);
  const Pair& operator[](uint32_t number) const { return *pairs_[number - 1]; }
  const Fields& fields(uint32_t number) const { return fields_[number - 1]; }
  uint32_t end() const { return static_cast<uint32_t>(pairs_.size() + 1); }
  size_t state_bytes() const;

 private:
  std::map<Pair, uint32_t> numbers_;
  std::vector<const Pair*> pairs_;
  std::vector<Fields> fields_;
};

/// A source with a campaign.
struct Touch {
  std::string suffix;      // ` source campaign`: what stands behind the time in first_touch.
  uint64_t suffix_digest;  // For who reads changes.
  uint32_t revenue;        // The group of campaign_revenue whose first touch this is.
};

class Touches {
 public:
  static constexpr uint32_t kNone = 0;

  Touches();

  struct Origin {
    uint32_t touch = kNone;                 // kNone: the source is NULL.
    uint32_t landing = PairNumbers::kNone;  // The group of campaign_landings, if any.
  };

  Origin origin(const Value& page_url, const Value& referrer_url) {
    if (!page_url.is_null && std::memchr(page_url.bytes, '=', page_url.size) != nullptr) [[unlikely]]
      return origin_by_page(page_url, referrer_url);
    return {is_external(referrer_url) ? referrer(referrer_url).touch : kNone, PairNumbers::kNone};
  }

  const Touch& operator[](uint32_t touch) const { return touches_[touch]; }
  /// (source, landing_page)
  const PairNumbers& landings() const { return landings_; }
  /// (source, campaign)
  const PairNumbers& revenues() const { return revenues_; }
  /// Of visitors without a first touch.
  static constexpr uint32_t kUnknownRevenue = 1;

  size_t state_bytes() const;

 private:
  struct NoFacts {
    explicit NoFacts(std::string_view) {}
  };
  using Urls = TextTable<NoFacts>;

  /// A page_url: its source's touch and landing if it has one, and its campaign or `(none)`.
  struct Page {
    Origin origin;
    std::string campaign;
  };
  /// A referrer_url that is no page of the shop: its touch when the page says nothing.
  struct Referrer {
    std::string source;
    uint32_t touch;
  };

  /// Not NULL, and not a step inside the shop.
  static bool is_external(const Value& referrer_url) {
    return !referrer_url.is_null && !(referrer_url.size > 0 && referrer_url.bytes[0] == '/');
  }

  Origin origin_by_page(const Value& page_url, const Value& referrer_url);
  const Referrer& referrer(const Value& url) {
    const uint32_t number = referrer_urls_.number(url.bytes, url.size);
    if (number >= referrers_.size()) [[unlikely]]
      add_referrer(url.view());
    return referrers_[number];
  }
  void add_page(std::string_view url);
  void add_referrer(std::string_view url);
  uint32_t touch_number(std::string_view source, std::string_view campaign);

  Urls page_urls_;
  std::vector<Page> pages_;
  Urls referrer_urls_;
  std::vector<Referrer> referrers_;
  PairNumbers landings_;
  PairNumbers revenues_;
  PairNumbers sources_;  // (source, campaign): the touch's number.
  std::vector<Touch> touches_;
};

}  // namespace sqlmill::bench::baseline::campaign_attribution
