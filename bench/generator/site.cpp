#include "bench/generator/site.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace sqlmill::bench {
namespace {

std::string page_name(uint32_t rank) {
  static constexpr const char* kNamed[] = {"/home", "/products", "/products/pro-plan", "/pricing",
                                           "/docs", "/checkout", "/checkout/confirm"};
  if (rank < Site::kNamedPages) return kNamed[rank];
  static constexpr const char* kProducts[] = {"keyboard", "standing-desk", "monitor-arm", "headset", "lamp"};
  static constexpr const char* kTopics[] = {"getting-started", "guides", "api", "integrations"};
  const std::string number = std::to_string(rank);
  switch (rank % 10) {
    case 0:
      return "/blog/2026/release-notes-" + number;
    case 1:
      return "/category/" + number;
    case 2:
      return std::string("/docs/") + kTopics[rank / 10 % 4] + "/" + number;
    case 3:
      return "/search/results/" + number;
    default:
      return std::string("/products/") + kProducts[rank / 10 % 5] + "-" + number;
  }
}

std::vector<double> zipf_weights(uint32_t pages) {
  std::vector<double> weights(pages);
  for (uint32_t rank = 0; rank < pages; ++rank) weights[rank] = 1.0 / (rank + 1);
  weights[Site::kCheckout] = 0;
  weights[Site::kConfirm] = 0;
  return weights;
}

std::vector<Word> words(std::initializer_list<const char*> texts) {
  std::vector<Word> list;
  for (const char* text : texts) list.emplace_back(text);
  return list;
}

}  // namespace

Word::Word(const std::string& text) : size(static_cast<uint32_t>(text.size())) {
  assert(text.size() <= kCapacity);
  std::memcpy(bytes, text.data(), text.size());
}

WeightedChoice::WeightedChoice(const std::vector<double>& weights) : columns_(weights.size()) {
  double sum = 0;
  for (double weight : weights) sum += weight;
  std::vector<double> share(weights.size());
  std::vector<uint32_t> small, large;
  for (uint32_t i = 0; i < weights.size(); ++i) {
    share[i] = weights[i] / sum * static_cast<double>(weights.size());
    (share[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const uint32_t i = small.back();
    const uint32_t donor = large.back();
    small.pop_back();
    columns_[i] = {static_cast<uint32_t>(share[i] * 4294967295.0), donor};
    share[donor] -= 1 - share[i];
    if (share[donor] >= 1) continue;
    large.pop_back();
    small.push_back(donor);
  }
  for (uint32_t i : small) columns_[i] = {UINT32_MAX, i};
  for (uint32_t i : large) columns_[i] = {UINT32_MAX, i};
}

Site::Site(uint32_t pages)
    : popularity_(zipf_weights(std::max<uint32_t>(pages, kNamedPages))),
      devices_(words({"desktop", "mobile", "tablet"})),
      device_shares_({45, 47, 8}),
      countries_(
          words({"US", "UK", "DE", "JP", "FR", "BR", "IN", "CA", "AU", "ES", "IT", "NL", "SE", "PL", "MX",
                 "KR", "ZA", "AR", "CH", "AT", "BE", "DK", "NO", "FI", "IE", "PT", "CZ", "NZ", "SG", "TR"})),
      country_shares_(
          {30, 10, 9, 7, 6, 5, 5, 4, 3, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}),
      referrers_(words({"https://google.com", "https://twitter.com", "https://linkedin.com",
                        "https://facebook.com", "https://www.bing.com/search", "https://news.ycombinator.com",
                        "https://mail.example.com", "android-app://com.example.shop"})),
      campaigns_(words(
          {"?utm_source=google&utm_campaign=spring_sale", "?utm_source=google&utm_campaign=brand",
           "?utm_source=facebook&utm_campaign=spring_sale", "?utm_campaign=launch&utm_source=newsletter",
           "?utm_source=newsletter&utm_campaign=win_back", "?utm_source=partner_blog"})) {
  pages = std::max<uint32_t>(pages, kNamedPages);
  for (uint32_t rank = 0; rank < pages; ++rank) {
    const std::string name = page_name(rank);
    pages_.emplace_back(name);
    is_product_.push_back(name.starts_with("/products/"));
  }
}

}  // namespace sqlmill::bench
