-- The 27 events of the tutorial.
INSERT INTO click_events VALUES
('ev001','u1','s1001','page_view',   '/home',              'https://google.com',   'desktop','US','2026-04-01 09:00:00+00'),
('ev002','u1','s1001','page_view',   '/products',          '/home',                'desktop','US','2026-04-01 09:01:10+00'),
('ev003','u1','s1001','page_view',   '/products/pro-plan', '/products',            'desktop','US','2026-04-01 09:02:30+00'),
('ev004','u1','s1001','add_to_cart', '/products/pro-plan', '/products/pro-plan',   'desktop','US','2026-04-01 09:03:00+00'),
('ev005','u1','s1001','page_view',   '/checkout',          '/products/pro-plan',   'desktop','US','2026-04-01 09:03:45+00'),
('ev006','u1','s1001','purchase',    '/checkout/confirm',  '/checkout',            'desktop','US','2026-04-01 09:05:20+00'),

('ev007','u2','s1002','page_view',   '/home',              'https://twitter.com',  'mobile', 'UK','2026-04-01 09:00:30+00'),
('ev008','u2','s1002','page_view',   '/products',          '/home',                'mobile', 'UK','2026-04-01 09:02:00+00'),
('ev009','u2','s1002','page_view',   '/products/pro-plan', '/products',            'mobile', 'UK','2026-04-01 09:03:30+00'),
('ev010','u2','s1002','add_to_cart', '/products/pro-plan', '/products/pro-plan',   'mobile', 'UK','2026-04-01 09:04:00+00'),

('ev011','u3','s1003','page_view',   '/home',              'https://google.com',   'desktop','DE','2026-04-01 09:01:00+00'),
('ev012','u3','s1003','page_view',   '/pricing',           '/home',                'desktop','DE','2026-04-01 09:02:30+00'),
('ev013','u3','s1003','page_view',   '/docs',              '/pricing',             'desktop','DE','2026-04-01 09:05:00+00'),

('ev014','u4','s1004','page_view',   '/home',              'https://linkedin.com', 'tablet', 'US','2026-04-01 09:00:00+00'),
('ev015','u4','s1004','page_view',   '/products',          '/home',                'tablet', 'US','2026-04-01 09:01:00+00'),
('ev016','u4','s1004','page_view',   '/products/pro-plan', '/products',            'tablet', 'US','2026-04-01 09:02:00+00'),
('ev017','u4','s1004','page_view',   '/checkout',          '/products/pro-plan',   'tablet', 'US','2026-04-01 09:03:00+00'),

('ev018','u5','s1005','page_view',   '/home',              'https://google.com',   'mobile', 'JP','2026-04-01 09:02:00+00'),
('ev019','u5','s1005','page_view',   '/products',          '/home',                'mobile', 'JP','2026-04-01 09:03:30+00'),

('ev020','u6','s1006','page_view',   '/home',              'https://facebook.com', 'desktop','US','2026-04-01 09:05:00+00'),
('ev021','u6','s1006','page_view',   '/products',          '/home',                'desktop','US','2026-04-01 09:06:00+00'),
('ev022','u6','s1006','page_view',   '/products/pro-plan', '/products',            'desktop','US','2026-04-01 09:07:00+00'),
('ev023','u6','s1006','add_to_cart', '/products/pro-plan', '/products/pro-plan',   'desktop','US','2026-04-01 09:07:30+00'),
('ev024','u6','s1006','page_view',   '/checkout',          '/products/pro-plan',   'desktop','US','2026-04-01 09:08:00+00'),
('ev025','u6','s1006','purchase',    '/checkout/confirm',  '/checkout',            'desktop','US','2026-04-01 09:09:00+00');

INSERT INTO click_events VALUES
('ev026','u2','s1002','page_view','/checkout','/products/pro-plan','mobile','UK','2026-04-01 09:05:00+00'),
('ev027','u2','s1002','purchase', '/checkout/confirm','/checkout',  'mobile','UK','2026-04-01 09:06:30+00');

